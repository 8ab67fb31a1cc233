"""Conversations in and out as files: what other programs wrote is parsed here, and nothing here remembers it.

report = Report()
for imported in read("chats/Lucy.jsonl", now=now, report=report):
    ...                                      # the facade observes imported.messages
print(report.messages, report.skipped)
"""

from everkin.portability.format import Format, detect
from everkin.portability.reading import read
from everkin.portability.report import Remark, Report
from everkin.portability.thread import Imported

__all__ = ["Format", "Imported", "Remark", "Report", "detect", "read"]
