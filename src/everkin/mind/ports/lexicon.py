"""What turns text into the terms that words are found by, as the working rooms see it."""

from typing import Protocol


class Lexicon(Protocol):
    """Terms of a text. The same function serves what is stored and what is asked, so a change of it is a migration."""

    def stems(self, text: str) -> list[str]:
        """The terms of `text` in order, repeated as often as they occur; empty when it holds none (stop words alone).

        A word of another language than English may yield two terms next to each other: one that does not depend on
        the language its text seems to be in, so that a question in one language still finds a name said in another,
        and its stem in that language. Pure and safe in threads; about 20 µs a chat message.
        """
        ...
