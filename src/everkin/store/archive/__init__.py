"""The cold tier: segments in object storage, sealed per user, and the signposts that lead back to them.

What is archived is what search reads (vectors, terms, numbers). Words stay in the database, so a lost segment loses none.
"""

from everkin.store.archive.archive import Archive
from everkin.store.archive.matters import AskedMatters

__all__ = ["Archive", "AskedMatters"]
