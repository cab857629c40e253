"""What belongs to the customer: who got what, what may go to whom, all of it as a file."""
