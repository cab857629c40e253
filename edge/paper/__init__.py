"""What people hold in their hands: documents as HTML, and as PDF by a process of their own."""
