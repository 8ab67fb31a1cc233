"""The keyring: every key of a cell, outside its database, its data folder and their backups.

A folder, private to its owner:

    cell.json            which cell these keys belong to, where its data was, the cell's own key (wrapped)
    master.key           the master key, for an unattended start; the recovery phrase is this key in words
    users/ab/<user id>   one user's keys: the user's own, wrapped under the master key, and their session blocks'
    erasures.log         the ledger: what was erased, and when its keys go

A mirror, when there is one, holds all but the master key, and every write and every destruction as well.

    keyring, phrase = Keyring.create(folder, cell=cell, place="/home/ann/.everkin", now=now)
    key = keyring.create_user(user)
    keyring.new_blocks(user, [block])          # on disk before anything is sealed under it
    keyring.destroy_user(user, now=now)        # nothing of theirs opens any more, in any copy of the database
"""

from everkin.store.keyring.keyring import Keyring, orphans, prove, require_outside
from everkin.store.keyring.ledger import Erasure, Kind
from everkin.store.keyring.master import LocalMasterKey, MasterKey

__all__ = ["Erasure", "Keyring", "Kind", "LocalMasterKey", "MasterKey", "orphans", "prove", "require_outside"]
