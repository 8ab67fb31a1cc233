"""One conversation of a file, on its way to becoming utterances: dated, identified and clean."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from everkin.mind.transcript import Role, Utterance
from everkin.portability import stamp
from everkin.portability.report import Report
from everkin.portability.timeline import FUTURE_TOLERANCE, Clock, infer

OPENING = 4
"""How many messages tell one conversation from another when the source gives it no id."""
NAME_CHARACTERS_MAX = 200
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """One conversation, parents before children; the last message is the tip of the current branch.

    Of several messages with one parent the chosen one comes last. Ids and the conversation's label stay the same when
    a file is read again, and when it has grown. `user` and `companion` are the names the file gives.
    """

    conversation: str
    user: str | None
    companion: str | None
    messages: list[Utterance] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """One message as the source wrote it. `parent` is a position among the drafts; `swipe` numbers its alternatives."""

    place: str
    role: Role
    content: str = field(repr=False)
    name: str | None = field(default=None, repr=False)
    stamp: object = None
    id: str | None = None
    parent: int | None = None
    swipe: int = 0


class Thread:
    """Drafts with one root. `tip` is where the next message of a conversation without branches belongs."""

    def __init__(self, report: Report, *, label: object = None, user: object = None, companion: object = None) -> None:
        self._report = report
        self._label, self._user, self._companion = clean(label), clean(user), clean(companion)
        self._drafts: list[Draft] = []

    @property
    def tip(self) -> int | None:
        return len(self._drafts) - 1 if self._drafts else None

    def add(
        self,
        place: str,
        role: Role | None,
        content: str,
        *,
        parent: int | None,
        name: object = None,
        stamp: object = None,
        id: object = None,
        swipe: int = 0,
    ) -> int | None:
        """The position it took; None when it was skipped, for want of words or of a role."""
        if role is None or not content.strip():
            self._report.skip(place, "unknown role" if role is None else "no words")
            return None
        self._drafts.append(
            Draft(
                place=place,
                role=role,
                content=content,
                name=clean(name),
                stamp=stamp,
                id=clean(id),
                parent=parent,
                swipe=swipe,
            )
        )
        return self.tip

    def finish(self, clock: Clock) -> list[Imported]:
        """The conversation, or nothing when it is empty; what had to be mended or inferred is in the report.

        1. Read the dates.
        2. Give each draft without an id one that does not depend on its words, so that an edit is a revision.
        3. Infer missing dates from their neighbours; one more than a day ahead of now cannot be true and is missing.
        """
        if not self._drafts:
            return []
        stamps = [stamp.parse(draft.stamp) for draft in self._drafts]
        ids = _ids(self._drafts, stamps, self._report)
        said = [_said(draft, at, clock, self._report) for draft, at in zip(self._drafts, stamps, strict=True)]
        times = infer(said, last=min(clock.written, clock.now))
        self._report.conversations += 1
        self._report.messages += len(self._drafts)
        self._report.branches += len(self._drafts) - _depth(self._drafts)
        conversation = Imported(
            conversation=self._label or _label(self._drafts, stamps, self._companion),
            user=self._user or self._sole_name(Role.USER),
            companion=self._companion or self._sole_name(Role.ASSISTANT),
            messages=[self._utterance(position, ids, times[position]) for position in range(len(ids))],
        )
        return [conversation]

    def _utterance(self, position: int, ids: Sequence[str], at: datetime) -> Utterance:
        draft = self._drafts[position]
        return Utterance(
            id=ids[position],
            role=draft.role,
            content=_mended(draft, self._report),
            name=draft.name,
            at=at,
            parent=None if draft.parent is None else ids[draft.parent],
        )

    def _sole_name(self, role: Role) -> str | None:
        names = {draft.name for draft in self._drafts if draft.role is role and draft.name}
        return names.pop() if len(names) == 1 else None


def clean(value: object) -> str | None:
    """A name or an id fit to be kept: one line, no control characters or lone surrogates; None when nothing is left."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = _LONE_SURROGATE.sub("\ufffd", str(value))
    return "".join(c for c in text if c.isprintable()).strip()[:NAME_CHARACTERS_MAX] or None


def _said(draft: Draft, at: datetime | None, clock: Clock, report: Report) -> datetime | None:
    """When it was said, or None where that has to be inferred."""
    if at is None:
        why = "not one that can be read" if draft.stamp else "none given"
        report.warn(draft.place, f"date inferred: {why}")
        return None
    said = stamp.aware(at, clock.zone)
    if said > clock.now + FUTURE_TOLERANCE:
        report.warn(draft.place, "date inferred: the one given is in the future")
        return None
    if said.year < 1970:
        report.warn(draft.place, "dated before 1970; kept as it is")
    return said


def _ids(drafts: Sequence[Draft], stamps: Sequence[datetime | None], report: Report) -> list[str]:
    """The source's own ids, else date, role and swipe (undated: the position); numbered where two would be the same."""
    ids: dict[str, None] = {}
    for position, (draft, at) in enumerate(zip(drafts, stamps, strict=True)):
        key = draft.id or (f"{at.isoformat()} {draft.role}" if at else f"#{position} {draft.role}")
        base = key = f"{key} ~{draft.swipe}" if draft.swipe else key
        number = 1
        while key in ids:
            number += 1
            key = f"{base} ({number})"
        if draft.id and number > 1:
            report.warn(draft.place, "its id was used before in the conversation; numbered, to keep both")
        ids[key] = None
    return list(ids)


def _label(drafts: Sequence[Draft], stamps: Sequence[datetime | None], companion: str | None) -> str:
    """A digest of how it opens: dates and speakers, and the words only where there is no date."""
    digest = hashlib.blake2b(repr(companion).encode(), digest_size=12)
    for draft, at in list(zip(drafts, stamps, strict=True))[:OPENING]:
        told = at.isoformat() if at else draft.content
        digest.update(repr((str(draft.role), draft.name, told)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _depth(drafts: Sequence[Draft]) -> int:
    position: int | None = len(drafts) - 1
    depth = 0
    while position is not None:
        position, depth = drafts[position].parent, depth + 1
    return depth


def _mended(draft: Draft, report: Report) -> str:
    mended, count = _LONE_SURROGATE.subn("\ufffd", draft.content)
    if count:
        report.warn(draft.place, "bytes that are not UTF-8, or half characters: each is now U+FFFD")
    return mended
