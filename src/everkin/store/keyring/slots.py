"""Slots of one size with a checksum each: a torn or wiped one is passed over, and says nothing about its neighbours."""

import zlib
from collections.abc import Iterator

CHECK_BYTES = 4


def pack(body: bytes) -> bytes:
    return body + zlib.crc32(body).to_bytes(CHECK_BYTES, "big")


def unpack(packed: bytes, start: int, slot_bytes: int) -> Iterator[tuple[int, bytes]]:
    """(place, body) of every sound slot from `start` on."""
    for place in range(start, whole(len(packed), start, slot_bytes), slot_bytes):
        body = packed[place : place + slot_bytes - CHECK_BYTES]
        if pack(body) == packed[place : place + slot_bytes]:
            yield place, body


def whole(size: int, start: int, slot_bytes: int) -> int:
    """Where the last whole slot ends, and the next one goes: over whatever a crash left half written."""
    return start + max(0, size - start) // slot_bytes * slot_bytes
