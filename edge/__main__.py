"""`python -m edge` is `kotivahti`."""

from edge.cli import main

main(prog_name="kotivahti")
