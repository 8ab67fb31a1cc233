"""A small English grammar without a model: sentences, verb groups, relations, and the clauses they make.

What a clause says of somebody is for the rules; nothing here knows a predicate.
"""
