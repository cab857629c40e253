"""Coverage-guided fuzzing of the decoders; needs its own environment (`make fuzz`)."""
