"""One plain page at `/`, to talk with a companion and see what it recalls. No build step, nothing from elsewhere."""

from importlib.resources import files
from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response

from everkin.api.wire import Answer
from everkin.errors import NotFound
from everkin.mind.persona import version_of
from everkin.portability import samples

ASSETS: Final = {"page.css": "text/css", "page.js": "text/javascript", "mark.svg": "image/svg+xml"}
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)

STARTERS: Final = ("Who is Dawn?", "When is Tess's follow-up scan?", "What did the vet say about Marlow's heart?")
"""What the sample companion can be asked by somebody who has never met her."""

router = APIRouter(include_in_schema=False)


@router.get("/")
async def page() -> Response:
    return _asset("page.html", "text/html")


@router.get("/page/starters")
async def starters() -> Answer:
    """Questions to begin with, for the companion whose persona has this version."""
    return Answer({"version": version_of(samples.PERSONA.read_text(encoding="utf-8")), "questions": list(STARTERS)})


@router.get("/page/{name}")
async def asset(name: str) -> Response:
    if name not in ASSETS:
        raise NotFound("The page has no such part.", next="Load / again.")
    return _asset(name, ASSETS[name])


def _asset(name: str, kind: str) -> Response:
    """Read anew each time: a page is opened seldom, and this way it is never older than the code."""
    body = files(__name__).joinpath(name).read_bytes()
    return Response(body, media_type=kind, headers={"Content-Security-Policy": POLICY})
