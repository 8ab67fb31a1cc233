"""Messages about one thing share a topic; the topics stay few and the same on every run."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from everkin.absorb.topics import TOPICS_MAX, Topics


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
