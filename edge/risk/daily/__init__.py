"""The features of one local day of a home: what `daily-change` is trained on, scored on and told.

Pure, and of the standard library alone, so that training, evaluation and gateway run the same
lines. A day goes in as activations (local second, place) and vitals, with the days before it.
"""
