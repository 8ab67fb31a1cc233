"""ChatGPT's export: an array of conversations, each a tree of nodes; the branch on show ends at `current_node`."""

from collections.abc import Iterator, Mapping, Set
from typing import Any

from everkin.mind.transcript import Role
from everkin.portability.report import Report
from everkin.portability.role import role
from everkin.portability.source import Source
from everkin.portability.thread import Imported, Thread
from everkin.portability.timeline import Clock

Nodes = Mapping[str, Mapping[str, Any]]

_SPOKEN = frozenset({"text", "multimodal_text", "code"})
"""The kinds of content that somebody said; thoughts, web pages and what tools put out are none."""


def read(source: Source, clock: Clock) -> Iterator[Imported]:
    """Where the first message itself was edited, the tree has several roots: each is a conversation of its own."""
    for place, value in source.values():
        match value:
            case {"mapping": dict(mapping)}:
                nodes = {key: node for key, node in mapping.items() if isinstance(node, Mapping)}
                for thread in _threads(value, nodes, place, source.report):
                    yield from thread.finish(clock)
            case _:
                source.report.skip(place, "no conversation")


def _threads(value: Mapping[str, Any], nodes: Nodes, place: str, report: Report) -> list[Thread]:
    """One thread a root; the first root ever keeps the conversation's own label, so that later edits do not move it."""
    label = value.get("conversation_id") or value.get("id")
    eldest = next((key for key, _ in _walk(nodes, frozenset()) if not _reason(nodes[key])), None)
    threads: list[Thread] = []
    anchors: dict[str, tuple[Thread, int]] = {}
    for number, (key, above) in enumerate(_walk(nodes, _path(nodes, value.get("current_node"))), 1):
        anchor = anchors.get(above or "")
        if reason := _reason(nodes[key]):
            if nodes[key].get("message"):
                report.skip(f"{place}, message {number}", reason)
        else:
            if anchor is None:
                threads.append(Thread(report, label=label if key == eldest else f"{label or ''} {key}"))
            thread = anchor[0] if anchor else threads[-1]
            position = _add(thread, nodes[key]["message"], key, f"{place}, message {number}", anchor and anchor[1])
            anchor = anchor if position is None else (thread, position)
        if anchor:
            anchors[key] = anchor
    return threads


def _add(thread: Thread, message: Mapping[str, Any], key: str, place: str, parent: int | None) -> int | None:
    author = message["author"]
    return thread.add(
        place,
        role(author.get("role")),
        _words(message["content"]),
        parent=parent,
        name=author.get("name"),
        stamp=message.get("create_time"),
        id=key,
    )


def _reason(node: Mapping[str, Any]) -> str | None:
    """Why nobody said this; None when somebody did."""
    match node.get("message"):
        case {"metadata": {"is_visually_hidden_from_conversation": True}}:
            return "hidden in ChatGPT"
        case {"author": {"role": author}} if role(author) in (Role.SYSTEM, Role.TOOL):
            return "a system or tool message"
        case {"author": {"role": _}, "recipient": str(to)} if to != "all":
            return "said to a tool"
        case {"author": {"role": _}, "content": {"content_type": str(kind)} as content} if kind in _SPOKEN:
            return None if _words(content).strip() else "no words"
        case _:
            return "not something that was said"


def _words(content: Mapping[str, Any]) -> str:
    match content:
        case {"parts": [*parts]}:
            return "\n".join(text for part in parts if (text := _part(part)))
        case {"text": str(text)}:
            return text
        case _:
            return ""


def _part(part: object) -> str:
    match part:
        case str():
            return part
        case {"text": str(text)}:
            return text
        case _:
            return ""


def _walk(nodes: Nodes, path: Set[str]) -> Iterator[tuple[str, str | None]]:
    """Every node with the one above it: parents before children, and among siblings the one on `path` last.

    What no root leads to (a damaged tree may bite its tail) comes at the end.
    """
    children = {key: _children(node, nodes) for key, node in nodes.items()}
    below = {child for kids in children.values() for child in kids}
    roots = _last(path, (key for key in nodes if key not in below))
    waiting: list[tuple[str, str | None]] = [(key, None) for key in [*list(nodes)[::-1], *roots]]
    seen: set[str] = set()
    while waiting:
        key, above = waiting.pop()
        if key not in seen:
            seen.add(key)
            yield key, above
            waiting += [(kid, key) for kid in _last(path, children[key])]


def _children(node: Mapping[str, Any], nodes: Nodes) -> list[str]:
    listed = node.get("children")
    return [key for key in listed if isinstance(key, str) and key in nodes] if isinstance(listed, list) else []


def _last(path: Set[str], keys: Iterator[str] | list[str]) -> list[str]:
    """In the order of a stack: what is taken off it last comes first."""
    return sorted(keys, key=path.__contains__)[::-1]


def _path(nodes: Nodes, tip: object) -> frozenset[str]:
    path: set[str] = set()
    while isinstance(tip, str) and tip in nodes and tip not in path:
        path.add(tip)
        tip = nodes[tip].get("parent")
    return frozenset(path)
