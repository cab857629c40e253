"""Input lines and Modbus modules: contacts that are sampled, registers that are read."""
