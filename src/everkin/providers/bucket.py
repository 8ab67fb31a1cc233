"""A token bucket fed by requests, not by time: it keeps something extra to a share of all requests."""


class Bucket:
    """Every request earns `share` of a token, one token pays for one extra ask; `size` bounds what can be saved up.

    It starts full, so the first few extras need no history.
    """

    def __init__(self, share: float, size: float = 10.0) -> None:
        self._share, self._size, self._tokens = share, size, size if share else 0.0

    def earn(self) -> None:
        self._tokens = min(self._size, self._tokens + self._share)

    def spend(self) -> bool:
        """Take a token if there is one."""
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
