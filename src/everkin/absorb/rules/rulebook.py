"""The rules of all themes, verb by verb."""

from typing import Final

from everkin.absorb.rules import aims, events, health, identity, occupation, people, tastes
from everkin.absorb.rules.rule import Rules


def _by_verb(*themes: Rules) -> Rules:
    found: Rules = {}
    for theme in themes:
        for verbs, rules in theme.items():
            for verb in verbs.split():
                found[verb] = (*found.get(verb, ()), *rules)
    return found


RULES: Final = _by_verb(
    identity.RULES, occupation.RULES, people.RULES, health.RULES, tastes.RULES, aims.RULES, events.RULES
)
"""The rules of each verb; every one that matches gives a fact."""
