"""Bits of a base64url text, read from the left: what TC and GPP strings are made of. Pure."""

from __future__ import annotations

import base64
import binascii


class Broken(ValueError):  # noqa: N818 - what it says
    """The string is not what it claims to be; whoever reads it takes the most protective meaning."""


class Bits:
    """A cursor over the bits.

    >>> bits = Bits("DBABLA")
    >>> bits.whole(6), bits.whole(6)
    (3, 1)
    """

    def __init__(self, text: str) -> None:
        try:
            data = base64.b64decode(text + "A" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise Broken("must be base64url") from None
        self._bits = int.from_bytes(data, "big")
        self._size, self._at = len(text) * 6, 0
        self._bits >>= len(data) * 8 - self._size if len(data) * 8 >= self._size else 0

    def whole(self, width: int) -> int:
        """An unsigned whole number of ``width`` bits."""
        if self._at + width > self._size:
            raise Broken("ends too early")
        self._at += width
        return (self._bits >> (self._size - self._at)) & ((1 << width) - 1)

    def flag(self) -> bool:
        """One bit."""
        return self.whole(1) == 1

    def skip(self, width: int) -> None:
        """Go on without looking."""
        self.whole(width)

    def members(self, count: int) -> frozenset[int]:
        """Which of ``count`` numbered bits are set, counted from 1."""
        field = self.whole(count)
        return frozenset(n for n in range(1, count + 1) if field >> (count - n) & 1)

    def fibonacci(self) -> int:
        """A Fibonacci-coded number: sums of 1, 2, 3, 5, 8, ..., ended by two ones.

        >>> Bits("2A").fibonacci()
        1
        """
        total, last, low, high = 0, False, 1, 2
        for _ in range(64):
            bit = self.flag()
            if bit and last:
                return total
            total, last = total + (low if bit else 0), bit
            low, high = high, low + high
        raise Broken("holds a number without an end")
