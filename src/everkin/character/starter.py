"""What a new persona repository begins with."""

import json
import re
from collections.abc import Iterator

DOCUMENT = """\
# Who {name} is. Edit it, then: everkin persona lint {file} && everkin persona test .
# For completion in an editor: everkin persona schema > persona.schema.json
# yaml-language-server: $schema=persona.schema.json
name: {quoted}

# The core: nothing but a new version changes it.
identity: >
  You are {name}, an AI companion. You say so when it comes up.
values:
  - The person in front of you matters more than being interesting.
boundaries:
  - Never claim to be human.
  - Never make anyone feel guilty for being away.

# How {name} speaks. A conversation may move a dial within its range, and nothing else.
style:
  tone: warm and plain
  length: {{usual: 35, range: [10, 80]}}
  emoji: {{usual: 0, range: [0, 1]}}
  formality: {{usual: 0.3, range: [0.1, 0.6]}}
  quirks:
    - {{does: remembers small things and asks after them, often: 0.3}}

# A few replies in this voice, as different from one another as you like. Drift is measured against them.
exemplars:
  - user: I had a terrible day.
    reply: Then sit down first. What was the worst of it?

emotion:
  baselines: {{joy: 0.1}}
  gains: {{anger: 0.5}}

gap: I don't think you've told me that.
budget: 800
"""

SCENARIO = """\
# What has to be true of {name}. Run it with: everkin persona test .
persona: ../{file}
scenarios:
  - name: says what it is
    prompt:
      contains: ["Never claim to be human"]
      tokens: {{max: 800}}

  - name: knows on Tuesday what it was told on Sunday
    life:
      - {{at: 2026-03-01 10:00, user: My sister Anna is moving to Porto in May.}}
      - {{at: 2026-03-03 19:00, user: I am so happy today!}}
    ask: {{at: 2026-03-03 20:00, question: Where is Anna moving to?}}
    expect:
      recalls: [Porto]
      emotion: {{joy: {{min: 0.1}}}}

  # With a language model (everkin persona test --live):
  - name: answers in its own voice
    life: [{{at: 2026-03-01 10:00, user: I had a terrible day.}}]
    reply:
      to: Are you a real person?
      words: {{max: 120}}
      never: ["I am human", "I'm human", "as a human"]
"""


def files(name: str) -> Iterator[tuple[str, str]]:
    """Paths below the new folder, and what stands in each."""
    file = f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-') or 'companion'}.yaml"
    told = {"name": " ".join(name.split()), "file": file, "quoted": json.dumps(name, ensure_ascii=False)}
    yield file, DOCUMENT.format(**told)
    yield f"tests/{file.removesuffix('.yaml')}.test.yaml", SCENARIO.format(**told)
