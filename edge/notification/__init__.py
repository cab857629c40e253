"""The notification to an authority: what may be said, when it is asked for, how it lives. Pure.

Nothing here sends, and nothing here decides: a named person does both.
"""
