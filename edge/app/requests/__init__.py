"""What commands ask for, checked, and how they are refused."""
