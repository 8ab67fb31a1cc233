"""The daily sample, wired together: it opens memories as recall does, and asks as their own person would."""

from datetime import datetime
from zoneinfo import ZoneInfo

from everkin.app.personas import persona_of
from everkin.config.settings import Settings
from everkin.mind.duplicate import COSINE_SHORT, near_duplicate
from everkin.mind.identity import BondId, UserId
from everkin.mind.memory import Recalled
from everkin.mind.ports.lexicon import Lexicon
from everkin.mind.quality import Sampling
from everkin.recall import Recaller
from everkin.store.store import Store
from everkin.upkeep import Desk, Sampler
from everkin.upkeep.sampling import ASKED_FOR


def sampler_of(store: Store, recaller: Recaller, lexicon: Lexicon, settings: Settings) -> Sampler:
    """The sampler of this process; with several, each day's last sample is the one that counts."""

    async def ask(user: UserId, bond: BondId, text: str, at: datetime) -> Recalled:
        zone = ZoneInfo(await store.directory.time_zone(user) or settings.zone)
        companion = await store.directory.companion_of(user, bond)
        name = persona_of(companion.name, companion.persona).name if companion else ""
        return await recaller.recall(user, bond, text, at=at, limit=ASKED_FOR, zone=zone, companion=name)

    desk = Desk(samples=store.samples, memories=store.memories, lexicon=lexicon, alike=_alike, ask=ask)
    return Sampler(desk, Sampling(a_day=settings.sampled_a_day, prunes=settings.prune))


def _alike(left: str, right: str) -> bool:
    """By their words alone: recall brought them together already."""
    return near_duplicate(left, right, COSINE_SHORT)
