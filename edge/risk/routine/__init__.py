"""What a home is usually like, by its own last weeks, and how a day differs; nothing is trained.

Pure, and of the standard library alone. Days go in as measures (`measuring`), come out as a word
on the last of them (`judging`): the day's values beside the usual ones, or why there is no word.
Only the home's own days count; a day that is judged never belongs to what it is held against.
"""
