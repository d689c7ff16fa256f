"""Calls to addresses that people typed in, so that none of them reaches the inside of this network.

An address is checked when it is saved and again at every call: the name is resolved once, each address that it has must
be public, and the connection goes to exactly the address that was checked. A name that changes its mind between the
check and the connection (DNS rebinding) therefore changes nothing. Redirects are not followed; an answer that is too
long or too slow is cut off. OWASP Server-Side Request Forgery Prevention; CWE-918, CWE-367.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import SplitResult, urlsplit

from salience.events import InvalidInput

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
Resolve: TypeAlias = Callable[[str, int], Sequence[str]]

SECONDS = 10.0
"""All of a call: looking the name up is not in it, connecting, sending and the answer are."""

ANSWER_BYTES = 65_536
_NAT64 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
_OLD_COMPATIBLE = ip_network("::/96")


class Refused(InvalidInput):
    """The address may not be called."""


class Answered(NamedTuple):
    """``body``: at most `ANSWER_BYTES`, ``whole`` tells whether that is all of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool


class Target(NamedTuple):
    """What was checked: the parts of the URL, and the one address that a call goes to."""

    url: SplitResult
    host: str
    port: int
    address: str


def resolved(host: str, port: int) -> list[str]:
    """Every address of a name, as the system has them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Outbound:
    """``inside`` are networks that may be called although they are not public, e.g. a webhook of one's own.

    >>> Outbound().check("http://[::ffff:10.0.0.1]/hook")
    Traceback (most recent call last):
        ...
    salience.deliver.outbound.Refused: url = 'http://[::ffff:10.0.0.1]/hook': leads inside this network; use a public address, or name the network in `inside`
    """  # noqa: E501 - a doctest is printed as it is

    def __init__(
        self,
        *,
        inside: Sequence[Network] = (),
        resolve: Resolve = resolved,
        seconds: float = SECONDS,
        most: int = ANSWER_BYTES,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.inside, self.resolve, self.seconds, self.most = tuple(inside), resolve, seconds, most
        self.tls = tls

    def check(self, url: str) -> Target:
        """Where a call would go; `Refused` where it may not. Ask when an address is saved; `post` asks again."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
            host = host.encode("idna").decode("ascii") if not host.isascii() else host
        except ValueError:
            raise Refused("url", url, "is not an address", "e.g. https://example.com/hook") from None
        if parts.scheme not in ("http", "https") or not host or any(ord(letter) <= 32 for letter in url):
            raise Refused("url", url, "must begin with https:// or http:// and name a host", "https://example.com/hook")
        if parts.username is not None or parts.password is not None:
            raise Refused("url", f"{parts.scheme}://…@{host}", "must not hold a name or a password", "use a header")
        try:
            addresses = self.resolve(host, port)
        except (OSError, UnicodeError):
            addresses = []
        if not addresses:
            raise Refused("url", url, "is a name that cannot be looked up", "check its spelling")
        if not all(self.allows(address) for address in addresses):
            rule = "leads inside this network"
            raise Refused("url", url, rule, "use a public address, or name the network in `inside`")
        return Target(parts, host, port, addresses[0])

    def allows(self, text: str) -> bool:
        """Whether an address may be called: it, and whatever address it wraps, is public or in ``inside``."""
        try:
            address = ip_address(text.partition("%")[0])
        except ValueError:
            return False
        return all(self._open(one) for one in _layers(address))

    def get(self, url: str, headers: Mapping[str, str]) -> Answered:
        """GET once, under the rules of `post`."""
        return self._call("GET", url, None, headers)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        """POST once. `Refused` before anything is sent; `TimeoutError` or `OSError` where the other side fails."""
        return self._call("POST", url, body, headers)

    def _call(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answered:
        target = self.check(url)
        with socket.create_connection((target.address, target.port), timeout=self.seconds) as line:
            late = threading.Event()

            def cut() -> None:
                late.set()
                with contextlib.suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

            clock = threading.Timer(self.seconds, cut)
            clock.daemon = True
            clock.start()
            try:
                answered = self._exchange(method, target, line, body, headers)
                if late.is_set():  # a line that was cut in the middle looks like one that ended
                    raise TimeoutError
            except (OSError, http.client.HTTPException) as error:
                if late.is_set() or isinstance(error, TimeoutError):
                    raise TimeoutError(f"{target.host} took longer than {self.seconds:g} s") from None
                raise OSError(f"{target.host} broke off: {type(error).__name__}") from error
            finally:
                clock.cancel()
            return answered

    def _exchange(
        self, method: str, target: Target, line: socket.socket, body: bytes | None, headers: Mapping[str, str]
    ) -> Answered:
        secure = target.url.scheme == "https"
        connection = http.client.HTTPConnection(target.host, target.port)
        tls = (self.tls or ssl.create_default_context()) if secure else None
        connection.sock = tls.wrap_socket(line, server_hostname=target.host) if tls else line
        path = (target.url.path or "/") + (f"?{target.url.query}" if target.url.query else "")
        there = f"[{target.host}]" if ":" in target.host else target.host
        named = f"{there}:{target.url.port}" if target.url.port else there
        usual = {"Host": named, "User-Agent": "salience", "Connection": "close"}
        connection.request(method, path, body, {**usual, **headers})
        answer = connection.getresponse()
        told: dict[str, Any] = {name.lower(): value for name, value in answer.getheaders()}
        said = answer.read(self.most + 1)
        return Answered(answer.status, told, said[: self.most], len(said) <= self.most)

    def _open(self, address: Address) -> bool:
        if any(address.version == network.version and address in network for network in self.inside):
            return True
        return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _layers(address: Address) -> list[Address]:
    """The address and the IPv4 ones that it stands for: mapped, compatible, 6to4, Teredo, NAT64."""
    found: list[Address] = [address]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return [address.ipv4_mapped]
        found += [one for one in (address.sixtofour, *(address.teredo or ())) if one]
        if address in _OLD_COMPATIBLE or any(address in network for network in _NAT64):
            found.append(IPv4Address(int(address) & 0xFFFF_FFFF))
    return found
