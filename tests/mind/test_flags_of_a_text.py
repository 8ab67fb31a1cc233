"""What a text shows on its surface."""

import pytest

from everkin.mind.matter import Flag, flags_of


@pytest.mark.parametrize(
    ("text", "has", "has_not"),
    [
        ("Did it rain?", Flag.ASKS, Flag.FIRST_PERSON | Flag.NUMBER),
        ("你好吗？", Flag.ASKS, Flag.FIRST_PERSON),
        ("I met Carla in Lisbon yesterday", Flag.FIRST_PERSON | Flag.NAME | Flag.PLACE | Flag.TIME_WORD, Flag.ASKS),
        ("Two of them", Flag.NUMBER, Flag.NAME),
        ("because it was late", Flag.REASON, Flag.NAME),
        ("Tea, milk, bread and jam", Flag.LIST, Flag.NUMBER),
        ("", Flag(0), Flag.ASKS | Flag.NAME),
    ],
)
def test_flags(text, has, has_not):
    flags = Flag(flags_of(text))
    assert flags & has == has
    assert not flags & has_not


def test_every_flag_fits_sixteen_bits():
    assert max(Flag) < 1 << 16
    assert flags_of("x", fact=True) == Flag.FACT
