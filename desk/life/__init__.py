"""How customers see their life, and what follows: plans, segments, case managers, what is due.

None of it is a measure of risk, and none of it reaches a gateway: nothing outside of this package
reads its tables, but erasing and the schema.
"""
