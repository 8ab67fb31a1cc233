"""Any life of a keyring, in any order, seen by two processes: what was given out and not erased is there, the rest is not."""

import shutil
import tempfile
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from everkin.errors import KeyDestroyed
from everkin.mind.identity import BlockId, UserId
from everkin.store.keyring import Keyring

CELL = uuid.UUID(int=7)
START = datetime(2026, 6, 1, tzinfo=UTC)
NEVER = datetime(2999, 1, 1, tzinfo=UTC)


class Lives(RuleBasedStateMachine):
    users = Bundle("users")
    spoken = Bundle("spoken")

    @initialize()
    def first_run(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="everkin-keyring-"))
        (self.root / "usb").mkdir()
        self.folder, self.mirror, self.now = self.root / "keyring", self.root / "usb" / "keyring", START
        first, phrase = Keyring.create(self.folder, cell=CELL, place="", now=self.now, mirror=self.mirror)
        self.phrase, self.both = str(phrase), [first, self.opened()]
        self.keys: dict[UserId, bytes] = {}
        self.blocks: dict[UserId, dict[BlockId, bytes]] = {}
        self.gone: dict[BlockId, datetime] = {}
        self.erased: list[UserId] = []

    def opened(self) -> Keyring:
        return Keyring.open(self.folder, cell=CELL, mirror=self.mirror)

    @rule(target=users, who=st.integers(0, 1))
    def arrive(self, who: int) -> UserId:
        user = UserId(uuid.uuid4())
        self.keys[user], self.blocks[user] = self.both[who].create_user(user), {}
        return user

    @rule(target=spoken, user=users, who=st.integers(0, 1), count=st.integers(1, 4))
    def speak(self, user: UserId, who: int, count: int) -> tuple[UserId, list[BlockId]]:
        said = [BlockId(uuid.uuid4()) for _ in range(count)]
        if user not in self.erased:
            self.both[who].new_blocks(user, said)
            self.blocks[user] |= self.both[who].block_keys(user, said)
        return user, said

    @rule(what=consumes(spoken), who=st.integers(0, 1), days=st.sampled_from([0, 0, 2]))
    def erase_some(self, what: tuple[UserId, list[BlockId]], who: int, days: int) -> None:
        user, said = what
        due = self.now + timedelta(days=days)
        self.both[who].destroy_blocks(user, said, now=self.now, due=due)
        self.gone |= dict.fromkeys(said, due)

    @rule(user=consumes(users), who=st.integers(0, 1))
    def leave(self, user: UserId, who: int) -> None:
        self.both[who].destroy_user(user, now=self.now)
        self.erased.append(user)

    @rule(who=st.integers(0, 1))
    def a_day_passes(self, who: int) -> None:
        self.now += timedelta(days=1)
        self.both[who].purge(self.now)

    @rule(who=st.integers(0, 1))
    def start_again(self, who: int) -> None:
        self.both[who] = self.opened()

    @rule()
    def lose_the_folder(self) -> None:
        shutil.rmtree(self.folder)
        Keyring.restore(self.folder, self.phrase, source=self.mirror)
        self.both = [self.opened(), self.opened()]

    @invariant()
    def what_was_given_out_and_not_erased_is_there(self) -> None:
        for keyring in self.both:
            for user, blocks in self.blocks.items():
                if user in self.erased:
                    self.assert_dark(keyring, user)
                else:
                    kept = {block: key for block, key in blocks.items() if self.gone.get(block, NEVER) > self.now}
                    assert keyring.user_key(user) == self.keys[user]
                    assert keyring.block_keys(user, list(blocks)) == kept

    def assert_dark(self, keyring: Keyring, user: UserId) -> None:
        try:
            keyring.user_key(user)
        except KeyDestroyed:
            return
        raise AssertionError("an erased user has a key")

    @invariant()
    def nothing_erased_is_in_any_file(self) -> None:
        content = b"".join(path.read_bytes() for path in self.root.rglob("*") if path.parent.parent.name == "users")
        assert not any(block.bytes in content for block, due in self.gone.items() if due <= self.now)
        assert not any(path.name in map(str, self.erased) for path in self.root.rglob("*"))

    def teardown(self) -> None:
        shutil.rmtree(self.root)


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
