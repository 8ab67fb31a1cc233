"""What has to be done regularly, and how long each job may be late."""

from datetime import datetime, timedelta

from everkin.app.house import House
from everkin.config.settings import NO_ARCHIVE
from everkin.mind.ports.job import Job


def jobs_of(house: House) -> list[Job]:
    """What has to be done regularly, by one process or many: `serve` and `work` run them."""
    return [
        Job(
            name="answer_owed_turns",
            period=timedelta(seconds=5),
            grace=timedelta(minutes=2),
            run=lambda: house.debts.pay(house.now()),
        ),
        Job(
            name="probe_providers",
            period=timedelta(seconds=30),
            grace=timedelta(minutes=2),
            run=house.gateway.probe,
        ),
        Job(
            name="destroy_due_keys",
            period=timedelta(hours=1),
            grace=timedelta(hours=1),
            run=house.store.purge,
        ),
        *_mirroring(house),
        house.late.job(),
        house.consolidation.job(),
        house.digesting.job(house.now),
        house.decay.job(house.now),
        house.overtures.job(house.now),
        *([house.sampler.job(house.now)] if house.settings.sampled_a_day else []),
        *([house.archiving.job(house.now)] if house.settings.archive != NO_ARCHIVE else []),
        Job(
            name="compact_indexes",
            period=timedelta(days=1),
            grace=timedelta(days=1),
            run=house.store.compaction.run,
        ),
        Job(
            name="fade_emotions",
            period=timedelta(hours=1),
            grace=timedelta(hours=1),
            run=lambda: house.store.emotions.fade(_hour(house.now())),
        ),
        Job(
            name="judge_rollouts",
            period=timedelta(minutes=1),
            grace=timedelta(minutes=15),
            run=lambda: house.registry.judge(house.now()),
        ),
        *_enrichment(house),
    ]


def _mirroring(house: House) -> list[Job]:
    """What was kept while the mirror was away must not lie in one place for longer than a day."""
    if house.settings.keyring_mirror is None:
        return []
    return [
        Job(
            name="follow_in_mirror",
            period=timedelta(days=1),
            grace=timedelta(days=1),
            run=house.store.follow_in_mirror,
        )
    ]


def _enrichment(house: House) -> list[Job]:
    """Nothing unless it is switched on and there is a provider to ask."""
    if not house.settings.enrich or not house.gateway.window():
        return []
    return [
        Job(
            name="enrich_sessions",
            period=timedelta(minutes=10),
            grace=timedelta(hours=2),
            run=lambda: house.enricher.run(house.now()),
        )
    ]


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
