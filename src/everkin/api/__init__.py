"""HTTP: the native routes, OpenAI's, health and one page. Replies are made in the facade; nothing is kept here."""

from everkin.api.application import create_app
from everkin.api.server import serve

__all__ = ["create_app", "serve"]
