"""A life to try Everkin with: Nora's eight months with Lucy, invented for this project and imported like any other.

`PERSONA` is who Lucy is, `LIFE` the conversations, `QUESTIONS` what can be asked of them, with the messages that answer.
"""

from pathlib import Path

_HERE = Path(__file__).parent
PERSONA = _HERE / "lucy.yaml"
LIFE = _HERE / "lucy.jsonl"
QUESTIONS = _HERE / "questions.json"
