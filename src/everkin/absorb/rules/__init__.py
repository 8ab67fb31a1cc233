"""What a clause says, theme by theme: patterns of the words after each verb, and the predicate they fill.

Nothing here reads a message: that is done by `facts`, clause by clause.
"""
