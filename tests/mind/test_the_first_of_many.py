"""Of a long life only the first few are put in order; they are those that putting all in order would give."""

import numpy as np
import pytest

from everkin.mind.ranking import _best


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 21, 59, 1000, 10_003])
@pytest.mark.parametrize("digits", [0, 1, 7], ids=["many equal", "some equal", "all different"])
def test_the_first_are_those_of_all_in_order(count: int, digits: int) -> None:
    rng = np.random.default_rng(count)
    score = rng.normal(size=count).astype(np.float32).round(digits)
    renewed = rng.random(count)
    expected = np.lexsort((-renewed, -score))[:10]
    assert _best(score, renewed, 10).tolist() == expected.tolist()
