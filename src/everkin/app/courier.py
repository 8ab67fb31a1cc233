"""The webhook: letters to the app, signed as https://www.standardwebhooks.com has it, tried again by the job that sends them."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Final

import httpx

from everkin.errors import ConfigError
from everkin.mind.ports.initiative import Letter

SECONDS: Final = 10.0
PREFIX: Final = "whsec_"


class Webhook:
    """Fulfils `mind.ports.initiative.Courier`. Any answer in the 200s means that the app has it; redirects are not followed."""

    def __init__(
        self, url: str, secret: str, *, now: Callable[[], datetime], transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._url, self._key, self._now = url, key_of(secret), now
        self._client = httpx.AsyncClient(timeout=SECONDS, transport=transport)

    async def carry(self, letter: Letter) -> bool:
        body = json.dumps(
            {
                "type": "message",
                "id": str(letter.id),
                "user": letter.user,
                "companion": letter.companion,
                "text": letter.text,
                "reason": letter.reason,
                "at": letter.at.isoformat(),
            }
        ).encode()
        stamp = str(int(self._now().timestamp()))
        headers = {
            "content-type": "application/json",
            "webhook-id": str(letter.id),
            "webhook-timestamp": stamp,
            "webhook-signature": signature(self._key, str(letter.id), stamp, body),
        }
        try:
            answer = await self._client.post(self._url, content=body, headers=headers)
        except httpx.HTTPError:
            return False
        return answer.is_success

    async def close(self) -> None:
        await self._client.aclose()


def signature(key: bytes, id: str, stamp: str, body: bytes) -> str:
    """What a receiver compares: HMAC-SHA256 of `id.timestamp.body`, in base64, behind its version."""
    signed = hmac.new(key, f"{id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def key_of(secret: str) -> bytes:
    """The bytes of a secret. Raises ConfigError for one that is too short to keep anybody out."""
    try:
        key = (
            base64.b64decode(secret.removeprefix(PREFIX), validate=True)
            if secret.startswith(PREFIX)
            else secret.encode()
        )
    except binascii.Error:
        key = b""
    if len(key) < 24:
        raise ConfigError(
            "The secret of the webhook is too short, or is no base64 behind whsec_.",
            next="Set EVERKIN_WEBHOOK_SECRET to whsec_ and 24 or more random bytes in base64.",
        )
    return key
