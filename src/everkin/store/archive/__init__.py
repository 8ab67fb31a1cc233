"""The cold tier: blocks of old messages in object storage, sealed per user, and the signposts that lead back to them.

A cold block holds its messages' words and all that hangs on them; nothing of it but the signpost is in the database. It is
read where it lies, and comes back as rows before anything of it is changed.
"""

from everkin.store.archive.archive import Archive, Indexed, Taken
from everkin.store.archive.matters import AskedMatters
from everkin.store.archive.reading import ColdRows
from everkin.store.archive.segments import PATIENCE, Segments

__all__ = ["PATIENCE", "Archive", "AskedMatters", "ColdRows", "Indexed", "Segments", "Taken"]
