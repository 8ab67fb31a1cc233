"""The application: routes, and the layers every request passes on its way to them."""

from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from everkin.api import bonds, circles, failure, health, initiative, openai, page, people, personas
from everkin.api.door import Door
from everkin.api.guard import Guard, refuse_open_door
from everkin.api.telling import Tellings
from everkin.api.watch import Watch
from everkin.api.wire import Answer
from everkin.app import Everkin
from everkin.config.settings import Settings
from everkin.ops.heart import Heart

# FastAPI would write requests into whatever OpenTelemetry the process has; a request holds words.
_NO_TELEMETRY: dict[str, Any] = {"telemetry": {"tracing": False, "metrics": False, "logs": False}}


def create_app(kin: Everkin, settings: Settings, *, heart: Heart | None = None) -> FastAPI:
    """The ASGI application on an open facade. Raises ConfigError where strangers could come in without a key."""
    refuse_open_door(settings)
    app = FastAPI(
        title="Everkin",
        default_response_class=Answer,
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
        **_NO_TELEMETRY,
    )
    app.state.door = Door(kin=kin, settings=settings, tellings=Tellings(), heart=heart)
    for room in (health, bonds, circles, initiative, people, personas, openai, page):
        app.include_router(room.router)
    failure.install(app)
    # The last one added stands outermost.
    app.add_middleware(Guard, settings=settings)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=settings.allowed_origins, allow_methods=["*"], allow_headers=["*"]
        )
    app.add_middleware(Watch)
    return app
