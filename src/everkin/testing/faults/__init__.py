"""An LLM server that plays any fault at any moment, for your tests and ours.

    async with FaultyServer(Script(text="Hello, Alice. How was the sea?", mishap=Mishap.RST, after=3)) as server:
        client = AsyncOpenAI(base_url=server.openai_url, api_key="none")

It speaks OpenAI's chat completions, Anthropic's messages and Ollama's chat, streamed and whole, over raw sockets: it
can reset a connection, break a chunk's frame or fall silent, which no HTTP framework lets you do. It never decides by
the clock: what hangs, hangs until the client leaves, and the pace of a drip is yours to set.
"""

from everkin.testing.faults.dialects import AnthropicDialect, Dialect, OllamaDialect, OpenAIDialect
from everkin.testing.faults.script import MIDWAY, Asked, Mishap, Script, tokens_of
from everkin.testing.faults.server import UNKNOWN_HOST_URL, FaultyServer, refused_url

__all__ = [
    "MIDWAY",
    "UNKNOWN_HOST_URL",
    "AnthropicDialect",
    "Asked",
    "Dialect",
    "FaultyServer",
    "Mishap",
    "OllamaDialect",
    "OpenAIDialect",
    "Script",
    "refused_url",
    "tokens_of",
]
