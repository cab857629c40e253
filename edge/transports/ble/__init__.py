"""The radio: scanning, GATT sessions, bonding, over BlueZ or a virtual controller."""
