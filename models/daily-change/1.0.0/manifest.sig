{"key":"kotivahti-models-1","signature":"SlRKIVPcZeqwLiEMqFELLu77nyc/hVGg97XilLSnbsiq436yGo/q0XSfkatg0sYgw4nUO9R6xYw6uTJgz4mzCw=="}
