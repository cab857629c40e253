"""Drivers of contacts and of Modbus modules."""
