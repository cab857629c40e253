"""What the rules and the model ask of people, beside what they catch (docs/attention.md)."""
