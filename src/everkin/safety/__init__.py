"""What keeps a person safe without any provider: the guard that notices, the text that points to people who help.

if finding := screen(message):
    text = resource_text(finding.category, finding.level, country=country_of(zone="Europe/Vienna"), language="de")
"""

from everkin.safety.guard import screen
from everkin.safety.resources import Helpline, country_of, helplines, resource_text

__all__ = ["Helpline", "country_of", "helplines", "resource_text", "screen"]
