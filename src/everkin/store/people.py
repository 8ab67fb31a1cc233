"""People in PostgreSQL: names sealed, found by keyed hashes, counted and merged in the commit that keeps the words."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, LiteralString
from uuid import UUID

from everkin.errors import NotFound
from everkin.mind.entity import COMPANION, USER, EntityRef, Form, Known, Mention, Speaker
from everkin.mind.fact import AMONG_PEOPLE
from everkin.mind.identity import BlockId, BondId, EntityId, MemoryId, UserId
from everkin.mind.ports.people import Acquaintance, Called, Roster
from everkin.mind.ports.transcripts import Draft, NewMessage
from everkin.mind.registry import EVIDENCE, PRIOR, Kindred, Odds, Registry, added, likelihoods, plain, referred, sharing
from everkin.mind.transcript import SESSION_GAP, Role
from everkin.store.database import Connection, Database, Row, answers, count, rows, run
from everkin.store.queries import queries
from everkin.store.vault import UserKeys, Vault
from everkin.store.words import Words, pack, unpack

PEOPLE_MAX: Final = 2000
"""Ways to refer that are weighed against one another in one bond: the last used; older ones stay merged as they were."""

_FORMS: Final = (Form.SELF, Form.ADDRESS, Form.NAME)
_OTHERWISE, _PRONOUN, _BY_COMPANION = 3, 4, 8
SPEAKERS: Final = (USER, COMPANION)
_ROLES: Final = {Role.USER: USER, Role.ASSISTANT: COMPANION}
_SAID, _BESIDE, _JOINED, _PARTED, _OWN = range(5)
_RECENT: Final = 3
_NAMED, _RELATED, _BOTH = range(3)


@dataclass(slots=True)
class _Noted:
    """What one commit says of people, column by column."""

    entities: dict[EntityId, dict[str, Any]] = field(default_factory=dict)
    edges: dict[tuple[UUID, str, EntityId], int] = field(default_factory=dict)
    said: dict[UUID, datetime] = field(default_factory=dict)
    ties: set[tuple[int, UUID, UUID, UUID]] = field(default_factory=set)


class PostgresPeople:
    """Fulfils `mind.ports.people.People`, and notes and forgets people inside the transactions of others."""

    def __init__(self, database: Database, vault: Vault, kindred: Kindred) -> None:
        self._database, self._vault, self._kindred = database, vault, kindred
        self._sql = queries("people")

    # -- inside the transactions that keep and erase words

    async def note_in(
        self,
        connection: Connection,
        keys: UserKeys,
        where: Row,
        learnt: Iterable[tuple[NewMessage, Draft, BlockId, bytes]],
    ) -> None:
        """Who some new memories speak of; and who is one with whom, where that may have changed. Under the bond's lock."""
        noting = _Noting(self._vault, keys, where)
        for message, draft, block, key in learnt:
            noting.add(message, draft, block, key)
        found = noting.noted
        if not found.entities and not found.edges and not found.ties:
            return
        noted, tied = await self._noted(connection, where, noting)
        if any(row["fresh"] for row in noted):
            await run(connection, self._sql["note_aliases"], {**where, **noting.alias_columns(noted)})
        if found.edges:
            await run(connection, self._sql["note_edges"], {**where, **noting.edge_columns()})
        if noted or tied:
            await self._settle_in(connection, keys, where)

    async def _noted(self, connection: Connection, where: Row, noting: "_Noting") -> tuple[list[Row], list[Row]]:
        """The uses that were counted, and the ties that were not known: without either nobody is another than before."""
        asked: dict[str, tuple[LiteralString, Row]] = {}
        if noting.noted.entities:
            asked["entities"] = self._sql["note_entities"], {**where, **noting.entity_columns()}
        if noting.noted.ties:
            asked["ties"] = self._sql["note_ties"], {**where, **noting.tie_columns()}
        found = dict(zip(asked, await answers(connection, *asked.values()), strict=True))
        return found.get("entities", []), found.get("ties", [])

    async def forget_in(self, connection: Connection, where: Row, memories: Sequence[UUID]) -> None:
        """Nothing of these memories is known of anybody any more; whom nothing else names is gone."""
        touched = await rows(connection, self._sql["forget_edges"], {**where, "memories": memories})
        untied = await count(connection, self._sql["forget_ties"], {**where, "memories": memories})
        entities = list({row["target"] for row in touched})
        if not entities and not untied:
            return
        gone = await rows(connection, self._sql["forget_entities"], {**where, "entities": entities})
        await run(connection, self._sql["forget_traces"], {**where, "entities": [row["entity_id"] for row in gone]})
        await run(connection, self._sql["recount"], {**where, "entities": entities})
        await self._settle_in(connection, await self._vault.user(where["user"]), where)

    async def forget_speakers_in(self, connection: Connection, where: Row) -> None:
        """Where no message is left, nobody has a name."""
        await run(connection, self._sql["forget_speakers"], where)

    async def retire_in(self, connection: Connection, where: Row, messages: Sequence[UUID]) -> None:
        """What only a branch that was left says is known of nobody."""
        found = await rows(connection, self._sql["retired_memories"], {**where, "keys": list(messages)})
        await self.forget_in(connection, where, [row["memory_id"] for row in found])

    async def _settle_in(self, connection: Connection, keys: UserKeys, where: Row) -> None:
        """Keep who is one with whom, as the evidence now says."""
        found, opened, ties = await self._read(connection, where)
        registry = self._registry(keys, where, found, opened, ties)
        ids = EntityIds(keys, where["bond"])
        into: dict[UUID, UUID | None] = {}
        for entity in registry.entities:
            leader = ids[entity.speaker or entity.keys[0]]
            into |= {ids[key]: None if ids[key] == leader else leader for key in entity.keys}
        moved = {row["entity_id"]: into.get(row["entity_id"]) for row in found}
        changed = [id for row in found if moved[id := row["entity_id"]] != row["merged_into"]]
        if changed:
            await run(
                connection,
                self._sql["merge"],
                {**where, "entity": changed, "into": [moved[id] for id in changed]},
            )

    async def _read(self, connection: Connection, where: Row) -> tuple[list[Row], dict[UUID, Words], list[Row]]:
        found = await rows(connection, self._sql["entities"], {**where, "limit": PEOPLE_MAX})
        ties = await rows(connection, self._sql["ties"], where)
        return found, await self._opened(where["user"], found), ties

    async def _opened(self, user: UserId, found: Sequence[Row]) -> dict[UUID, Words]:
        """The words of those whose key still exists."""
        block_keys = await self._vault.block_keys(user, {BlockId(row["block_id"]) for row in found})
        return {
            row["entity_id"]: unpack(
                self._vault.open(block_keys[row["block_id"]], user, row["entity_id"], row["sealed"])
            )
            for row in found
            if row["block_id"] in block_keys
        }

    def _registry(
        self, keys: UserKeys, where: Row, found: Sequence[Row], opened: Mapping[UUID, Words], ties: Sequence[Row]
    ) -> Registry:
        refs = {id: ref_of(words) for id, words in opened.items()}
        known = {
            ref.key: Known(ref=ref, count=row["mentions"], first=row["first_at"], last=row["last_at"])
            for row in found
            if (ref := refs.get(row["entity_id"]))
        }
        ids = EntityIds(keys, where["bond"])
        key_of = {id: ref.key for id, ref in refs.items()} | {ids[speaker]: str(speaker) for speaker in SPEAKERS}
        pairs: dict[int, set[frozenset[str]]] = defaultdict(set)
        for tie in ties:
            if tie["left_id"] in key_of and tie["right_id"] in key_of:
                pairs[tie["kind"]].add(frozenset((key_of[tie["left_id"]], key_of[tie["right_id"]])))
        own = {
            frozenset((str(speaker), refs[row["entity_id"]].key))
            for row in found
            if row["entity_id"] in refs
            for position, speaker in enumerate(SPEAKERS)
            if row["heard"][4 * position]
        }
        shared = sharing(pairs[_OWN], self._kindred)
        odds = {
            (ref.name or "").casefold(): _odds(row["heard"])
            for row in found
            if (ref := refs.get(row["entity_id"])) and ref.name and not ref.kinship and ref.key not in shared
        }
        return Registry(
            known=MappingProxyType(known),
            said=frozenset(pairs[_SAID] | {pair for pair in pairs[_OWN] | own if pair.isdisjoint(shared)}),
            beside=frozenset(pairs[_BESIDE]),
            joined=frozenset(pairs[_JOINED]),
            parted=frozenset(pairs[_PARTED]),
            odds=MappingProxyType(odds),
            kindred=self._kindred,
        )

    # -- the port

    async def acquainted(self, user: UserId, bond: BondId, words: Collection[str], *, at: datetime) -> Acquaintance:
        keys = await self._vault.user(user)
        hashes = {alias_hash(keys, word): word for word in words}
        where: Row = {"user": user, "bond": bond, "aliases": list(hashes), "at": at, "since": at - SESSION_GAP}
        known, recent = await self._database.read_all(
            user, (self._sql["known_aliases"], where), (self._sql["spoken_of"], {**where, "limit": _RECENT})
        )
        opened = await self._opened(user, recent)
        recent = [row for row in recent if row["entity_id"] in opened]
        return Acquaintance(
            names=frozenset(hashes[row["alias"]] for row in known),
            recent=tuple(ref_of(opened[row["entity_id"]]) for row in recent),
            last=sum(row["last_at"] == recent[0]["last_at"] for row in recent),
        )

    async def roster(self, user: UserId, bond: BondId) -> Roster:
        keys = await self._vault.user(user)
        where: Row = {"user": user, "bond": bond}
        async with self._database.as_user(user) as connection:
            found, opened, ties = await self._read(connection, where)
        key_of = {id: ref_of(words).key for id, words in opened.items()}
        return Roster(
            registry=self._registry(keys, where, found, opened, ties),
            ids={key: EntityId(id) for id, key in key_of.items()},
            called={
                key_of[id]: Called(name=words.get("called"), relation=words.get("relation"))
                for id, words in opened.items()
                if words.get("called") or words.get("relation")
            },
            by_user={key_of[row["entity_id"]]: sum(row["heard"][:4]) for row in found if row["entity_id"] in key_of},
        )

    async def spoken(self, user: UserId, bond: BondId) -> Mapping[EntityId, int]:
        found = await self._database.read(user, self._sql["spoken"], {"user": user, "bond": bond})
        return {EntityId(row["entity"]): row["messages"] for row in found}

    async def naming(self, user: UserId, entities: Collection[EntityId]) -> list[MemoryId]:
        found = await self._database.read(
            user, self._sql["messages_naming"], {"user": user, "entities": list(entities)}
        )
        return [MemoryId(row["source"]) for row in found]

    async def facts_about(
        self, user: UserId, bond: BondId, refs: Collection[EntityRef], *, limit: int
    ) -> list[MemoryId]:
        keys = await self._vault.user(user)
        where: Row = {
            "user": user,
            "bond": bond,
            "about": sorted(keys.hash_term(ref.key) for ref in refs),
            "owners": sorted(keys.hash_term(speaker) for speaker in SPEAKERS),
            "kinds": [kind.value for kind in AMONG_PEOPLE],
            "limit": limit,
        }
        found = await self._database.read(user, self._sql["facts_about"], where)
        return [MemoryId(row["memory_id"]) for row in found]

    async def call(self, user: UserId, bond: BondId, entity: EntityId, called: Called) -> None:
        where: Row = {"user": user, "bond": bond}
        async with self._database.as_user(user) as connection:
            await run(connection, self._sql["lock_bond"], where)
            found = await rows(connection, self._sql["entities"], {**where, "limit": PEOPLE_MAX})
            row = next((row for row in found if row["entity_id"] == entity), None)
            opened = await self._opened(user, [row] if row else [])
            if row is None or entity not in opened:
                raise NotFound("There is nobody of that id.", next="List the people to see who there is.")
            block = BlockId(row["block_id"])
            words = {**opened[entity], "called": called.name, "relation": called.relation}
            sealed = self._vault.seal((await self._vault.block_keys(user, [block]))[block], user, entity, pack(**words))
            await run(connection, self._sql["reseal_entity"], {**where, "entity": entity, "sealed": sealed})
            await run(connection, self._sql["bump_epoch"], where)

    async def join(self, user: UserId, bond: BondId, left: Sequence[EntityId], right: Sequence[EntityId]) -> None:
        where: Row = {"user": user, "bond": bond, "ours": list(left), "theirs": list(right), "against": _PARTED}
        await self._by_hand(where, _JOINED, [(left[0], right[0])])

    async def part(self, user: UserId, bond: BondId, alias: EntityId, rest: Sequence[EntityId]) -> None:
        where: Row = {"user": user, "bond": bond, "ours": [alias], "theirs": list(rest), "against": _JOINED}
        await self._by_hand(where, _PARTED, [(alias, other) for other in rest])

    async def _by_hand(self, where: Row, kind: int, pairs: Sequence[tuple[EntityId, EntityId]]) -> None:
        """Take back what was said by hand against it, note it, and see who is one with whom now."""
        ties: Row = {
            "tie": [kind] * len(pairs),
            "left": [left for left, _ in pairs],
            "right": [right for _, right in pairs],
            "says": [left for left, _ in pairs],
        }
        async with self._database.as_user(where["user"]) as connection:
            await run(connection, self._sql["lock_bond"], where)
            await run(connection, self._sql["delete_ties"], where)
            await run(connection, self._sql["note_ties"], {**where, **ties})
            await self._settle_in(connection, await self._vault.user(where["user"]), where)
            await run(connection, self._sql["bump_epoch"], where)


class _Noting:
    """Collects what some memories say of people, as the columns of a few statements."""

    def __init__(self, vault: Vault, keys: UserKeys, where: Row) -> None:
        self._vault, self._keys, self._where = vault, keys, where
        self._ids = EntityIds(keys, where["bond"])
        self._names: dict[EntityId, list[str]] = {}
        self.noted = _Noted()

    def add(self, message: NewMessage, draft: Draft, block: BlockId, key: bytes) -> None:
        """One memory: a message with its mentions, or a fact with its subject."""
        speaker = _ROLES.get(message.role)
        if speaker is None:
            return
        self.noted.said[draft.id] = message.at
        if draft.fact:
            subject = draft.fact.subject
            if subject.name or subject.kinship:
                self.noted.edges[draft.id, "about", self._ids[subject.key]] = _OTHERWISE
            return
        if message.name:
            own = self._ids[EntityRef(owner=speaker, name=message.name).key]
            self.noted.ties.add((_OWN, own, self._ids[speaker], own))
        forms: dict[EntityRef, int] = {}
        for mention in draft.mentions:
            self._mention(mention, draft.id, forms)
        for ref, form in forms.items():
            self._count(ref, form, speaker, message, block, key)
            place = draft.id, "mentions", self._ids[ref.key]
            said = form + (_BY_COMPANION if speaker == COMPANION else 0)
            self.noted.edges[place] = min(said, self.noted.edges.get(place, said))

    def _mention(self, mention: Mention, memory: MemoryId, forms: dict[EntityRef, int]) -> None:
        if mention.form is Form.ENDEARMENT:
            return
        form = _PRONOUN if mention.form is Form.PRONOUN else _OTHERWISE
        form = _FORMS.index(mention.form) if mention.form in _FORMS else form
        refs = list(referred(mention))
        for ref in refs:
            same = next((other for other in forms if other.key == ref.key), ref)
            forms[same] = min(form, forms.get(same, form))
        if mention.also:
            left, right = sorted(self._ids[ref.key] for ref in refs)
            tie = _BESIDE if mention.form is Form.BESIDE else _SAID
            self.noted.ties.add((tie, left, right, memory))

    def _count(
        self, ref: EntityRef, form: int, speaker: Speaker, message: NewMessage, block: BlockId, key: bytes
    ) -> None:
        if form == _PRONOUN:
            return
        id = self._ids[ref.key]
        row = self.noted.entities.get(id)
        if row is None:
            sealed = self._vault.seal(
                key, self._where["user"], id, pack(owner=ref.owner, kinship=ref.kinship, name=_spelled(ref.name))
            )
            row = self.noted.entities[id] = {
                "kind": _BOTH if ref.name and ref.kinship else _NAMED if ref.name else _RELATED,
                "first": message.at,
                "last": message.at,
                "mentions": 0,
                "heard": [0] * 8,
                "block": block,
                "sealed": sealed,
            }
            self._names[id] = _found_by(ref)
        row["first"], row["last"] = min(row["first"], message.at), max(row["last"], message.at)
        row["mentions"] += 1
        row["heard"][4 * SPEAKERS.index(speaker) + form] += 1

    def entity_columns(self) -> Row:
        ordered = sorted(self.noted.entities)  # one order everywhere, so that two writers cannot deadlock
        columns: Row = {
            name: [self.noted.entities[id][name] for id in ordered]
            for name in ("kind", "first", "last", "mentions", "block", "sealed")
        }
        heard = ["{" + ",".join(map(str, self.noted.entities[id]["heard"])) + "}" for id in ordered]
        return {**columns, "entity": ordered, "heard": heard}

    def alias_columns(self, stored: Iterable[Row]) -> Row:
        """Of those that are new; the others have theirs."""
        pairs = [
            (alias_hash(self._keys, name), row["entity_id"])
            for row in stored
            if row["fresh"]
            for name in self._names[row["entity_id"]]
        ]
        return {"alias": [alias for alias, _ in pairs], "of": [id for _, id in pairs]}

    def edge_columns(self) -> Row:
        edges = sorted(self.noted.edges.items())
        return {
            "source": [source for (source, _, _), _ in edges],
            "edge": [kind for (_, kind, _), _ in edges],
            "target": [target for (_, _, target), _ in edges],
            "form": [form for _, form in edges],
            "said": [self.noted.said[source] for (source, _, _), _ in edges],
        }

    def tie_columns(self) -> Row:
        ties = sorted(self.noted.ties)
        return {name: [tie[place] for tie in ties] for place, name in enumerate(("tie", "left", "right", "says"))}


class EntityIds:
    """The id of each way to refer in one bond: made from it with the user's key, so that it is the same every time."""

    def __init__(self, keys: UserKeys, bond: BondId) -> None:
        self._keys, self._bond = keys, bond

    def __getitem__(self, key: str) -> EntityId:
        return EntityId(UUID(bytes=self._keys.hash_name(f"entity/{self._bond}/{key}")[:16]))


def alias_hash(keys: UserKeys, name: str) -> int:
    return keys.hash_term(f"\0{name}")  # apart from index terms, so that no two can be laid beside one another


def _found_by(ref: EntityRef) -> list[str]:
    """The whole name, each word of it, and the relation, in lower case."""
    name = (ref.name or "").casefold()
    words = {name, *plain(name)} if name else set()
    return sorted(words | ({ref.kinship} if ref.kinship else set()))


def _spelled(name: str | None) -> str | None:
    """A name as it is written when nobody shouts: the same, however it was spelled first."""
    if name is None or not any(word.isupper() and len(word) > 2 for word in name.split()):
        return name
    return " ".join(word.capitalize() if word.isupper() and len(word) > 2 else word for word in name.split())


def ref_of(words: Words) -> EntityRef:
    return EntityRef(owner=Speaker(words.get("owner") or ""), kinship=words.get("kinship"), name=words.get("name"))


def _odds(heard: Sequence[int]) -> Odds:
    """Whose a name is, by how both used it."""
    odds: Odds = PRIOR
    for position, speaker in enumerate(SPEAKERS):
        other = SPEAKERS[1 - position]
        for form, times in zip(EVIDENCE, heard[4 * position : 4 * position + 3], strict=True):
            if times:
                odds = added(odds, likelihoods(form, speaker, other, other), times)
    return odds
