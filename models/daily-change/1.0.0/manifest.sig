{"key":"kotivahti-models-1","signature":"QKx9RUw5s1nJDi6FtHQ64MsaxVsQiRQ/2XGr6mi8qQVKRUbWAExTW3zkHCOlA3O4S743wmQaz47TYeDBegoECg=="}
