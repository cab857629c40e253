"""How a customer sees their life: forms of ten themes, rounds of answers, their picture; segments.

Pure. Nothing here is a score: no sum and no mean of themes exists, and no rule, level or model
reads any of it (an import contract keeps it so).
"""
