"""Recall: a question becomes the memories that answer it, or the word that none does; what is stored is not changed here."""

from everkin.recall.account import Accounts
from everkin.recall.recaller import Recaller
from everkin.recall.retrospect import LookingBack
from everkin.recall.topics import Subjects
from everkin.recall.weeks import Weeks

__all__ = ["Accounts", "LookingBack", "Recaller", "Subjects", "Weeks"]
