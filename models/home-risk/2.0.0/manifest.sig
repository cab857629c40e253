{"key":"kotivahti-models-1","signature":"RmbDGF/0DVkY75IPK/ntV/G5IdZVtyraWcZrrKOkyU8WNRSEptwzC3tSyqlV/h6KfsrplE4XFKjhBywCaCmqDw=="}
