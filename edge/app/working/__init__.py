"""What waits for the next visit: gathered, told upstream, and what people say of tasks."""
