"""The composition root and the Python facade: the one place that names a backend.

async with Everkin.open(data="~/.everkin") as kin:
    bond = await kin.bond(user="ann", companion="lucy")
    await bond.observe([{"role": "user", "content": "My sister Mia starts her new job on Monday."}])
    recalled = await bond.recall("What is new with my sister?")
"""

from everkin.app.bond import Bond
from everkin.app.everkin import Everkin, Health, ImportReport
from everkin.app.moving import reembed
from everkin.app.replying import Replying
from everkin.app.state import State

__all__ = ["Bond", "Everkin", "Health", "ImportReport", "Replying", "State", "reembed"]
