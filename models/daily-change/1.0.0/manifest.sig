{"key":"kotivahti-models-1","signature":"rDqadMV34v2C3LSls5TuixNbLhJfOlxzx+6MwOermUTRSac5NS40/rghC8JLfxYAazyQPBQmA1UTEq7UyDKODA=="}
