"""Messages about one thing share a topic; the topics stay few and the same on every run."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from everkin.mind.matter import Flag, Matter
from everkin.mind.topics import LEAST, TOPICS_MAX, Topics, gathered, telling_words


def unit(seed: int, near: np.ndarray | None = None, spread: float = 1.0) -> np.ndarray:
    vector = np.random.default_rng(seed).normal(size=32) * spread + (0 if near is None else near)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def told(vectors: list[np.ndarray]) -> tuple[list[int], Topics]:
    topics, ids = Topics(), []
    for vector in vectors:
        topic, topics = topics.assign(vector)
        ids.append(topic)
    return ids, topics


def test_what_is_alike_is_one_topic_and_what_is_not_another():
    garden, work = unit(1), unit(2)
    ids, topics = told([garden, work, unit(3, garden, 0.05), unit(4, work, 0.05), unit(5, garden, 0.05)])
    assert ids == [0, 1, 0, 1, 0]
    assert topics.counts == (3, 2)


def test_looking_does_not_change_anything():
    _, topics = told([unit(1), unit(2)])
    assert topics.nearest(unit(1))[0] == 0
    assert topics.counts == (1, 1)
    assert Topics().nearest(unit(1)) == (-1, -1.0)


def test_there_are_never_more_than_the_limit():
    _, topics = told([unit(seed) for seed in range(TOPICS_MAX + 200)])
    assert len(topics.counts) <= TOPICS_MAX
    assert sum(topics.counts) == TOPICS_MAX + 200


@settings(max_examples=25)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=60))
def test_the_same_talk_gives_the_same_topics(seeds: list[int]):
    vectors = [unit(seed) for seed in seeds]
    assert told(vectors)[0] == told(vectors)[0]
    centroids = told(vectors)[1].centroids
    assert np.allclose(np.linalg.norm(centroids, axis=1), 1, atol=1e-5)


def matter(sessions: list[int], *, length: int = 9, facts: int = 0) -> Matter:
    """One row a message, then some facts of the last one."""
    rows = len(sessions) + facts
    at = np.arange(rows, dtype=np.float64) * 60
    return Matter(
        memory=np.arange(rows),
        message=np.array([*range(len(sessions)), *([len(sessions) - 1] * facts)], np.int32),
        session=np.array([*sessions, *([sessions[-1]] * facts)], np.int32),
        at=at,
        renewed=at,
        speaker=np.zeros(rows, np.int8),
        length=np.full(rows, length, np.int32),
        flags=np.array([0] * len(sessions) + [int(Flag.FACT)] * facts, np.uint16),
        salience=np.full(rows, 0.5, np.float32),
        successor=np.full(rows, -1, np.int32),
    )


def talk(*topics: tuple[int, int]) -> np.ndarray:
    """(which topic, how many messages): vectors near one another within a topic."""
    said = [(topic, n) for topic, count in topics for n in range(count)]
    return np.array([unit(1000 * topic + n + 1, unit(topic) * 6, 0.3) for topic, n in said])


def test_what_was_said_of_one_thing_is_gathered_the_largest_first():
    """The garden twice, with the work in between."""
    vectors = talk((1, 5), (2, 12), (1, 5), (3, LEAST - 1))
    found = gathered(matter(list(np.repeat([0, 1, 2, 3], [5, 12, 5, LEAST - 1]))), vectors)
    assert [sorted(each.rows.tolist()) for each in found] == [[*range(5, 17)], [*range(5), *range(17, 22)]]


def test_facts_brief_words_and_what_has_no_vector_belong_nowhere():
    vectors = talk((1, 8))
    assert [len(each.rows) for each in gathered(matter([0] * 6, facts=2), vectors)] == [6]
    assert gathered(matter([0] * 8, length=2), vectors) == []
    assert gathered(matter([0] * 8), np.zeros((8, 32), np.float32)) == []
    assert gathered(matter([0] * 8), np.zeros((8, 0), np.float32)) == []


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=40))
def test_no_message_is_in_two_topics_and_the_same_talk_gives_the_same(said: list[int]):
    vectors = talk(*((topic, 1) for topic in said)) + 0.0
    found = gathered(matter([0] * len(said)), vectors)
    rows = [row for each in found for row in each.rows.tolist()]
    assert len(rows) == len(set(rows))
    again = gathered(matter([0] * len(said)), vectors)
    assert [each.rows.tolist() for each in found] == [each.rows.tolist() for each in again]


def test_a_topic_is_called_by_what_tells_it_apart():
    """Everybody says "think"; of the choir they say "choir" and "requiem"."""
    said = [{"choir", "think"}] * 6 + [{"choir", "requiem"}] * 4
    named = telling_words(said, {"choir": 12, "think": 300, "requiem": 4}, 1000)
    assert [stem for stem, _ in named] == ["choir", "requiem"]
    without = telling_words(said, {"choir": 12, "think": 300, "requiem": 4}, 1000, apart_from={"choir"})
    assert [stem for stem, _ in without] == ["requiem"]
    assert telling_words([], {}, 0) == []
