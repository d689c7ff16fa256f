"""Nothing typed in as an address reaches the inside: a listener inside counts its connections: none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_network

import pytest

from salience.deliver import Outbound, Refused

LOOPBACK = ip_network("127.0.0.0/8")

INSIDE = [
    "http://127.0.0.1:{port}/", "http://127.1:{port}/", "http://localhost:{port}/", "http://[::1]:{port}/",
    "http://0x7f000001:{port}/", "http://2130706433:{port}/", "http://0177.0.0.1:{port}/", "http://0:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/", "http://[::127.0.0.1]:{port}/", "http://[::]:{port}/", "http://0.0.0.0:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/", "http://[2002:7f00:1::]:{port}/", "http://[fe80::1]:{port}/",
    "http://[fc00::1]:{port}/", "http://[ff02::1]:{port}/", "http://169.254.169.254:{port}/", "http://10.0.0.1:{port}/",
    "http://172.16.0.1:{port}/", "http://192.168.0.1:{port}/", "http://100.100.100.200:{port}/", "http://224.0.0.1:{port}/",
    "http://255.255.255.255:{port}/", "http://240.0.0.1:{port}/", "http://198.18.0.1:{port}/", "http://192.0.2.1:{port}/",
    "http://user:word@127.0.0.1:{port}/", "http://user@8.8.8.8:{port}/", "http://127.0.0.1:{port}#@example.com/",
    "http://127。0。0。1:{port}/", "http://①②⑦.⓪.⓪.①:{port}/", "http://localhost.:{port}/",
    "file:///etc/hosts", "gopher://127.0.0.1:{port}/", "ftp://127.0.0.1:{port}/", "//127.0.0.1:{port}/",
    "127.0.0.1:{port}",
    "http://", "http:///x", "http://127.0.0.1:{port}/ x", "http://127.0.0.1:99999/", "http://[::1/", "",
    "http://127.0.0.1:{port}\r\nX: y/",
]  # fmt: skip


@contextmanager
def listener(
    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", *, host: str = "127.0.0.1"
) -> Iterator[tuple[int, list[bytes]]]:
    """A server inside: its port, and what each connection sent."""
    heard: list[bytes] = []
    with socket.create_server((host, 0)) as server:

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                with line:
                    heard.append(line.recv(65_536))
                    try:
                        line.sendall(answer)
                        if not answer.endswith(b"ok"):
                            line.recv(1)  # never ends by itself
                    except OSError:
                        continue

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1], heard
        server.shutdown(socket.SHUT_RDWR)


def test_no_address_of_the_list_is_called() -> None:
    with listener() as (port, heard):
        for pattern in INSIDE:
            url = pattern.replace("{port}", str(port))
            for call in (Outbound().check, lambda url: Outbound().post(url, b"{}", {})):
                with pytest.raises(Refused):
                    call(url)
        assert heard == []


class Rebinding:
    """A name that is public when it is looked up first, and inside ever after."""

    def __init__(self, first: Sequence[str], then: Sequence[str]) -> None:
        self.first, self.then, self.asked = first, then, 0

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self.first if self.asked == 1 else self.then


def test_a_name_that_changes_its_mind_is_looked_up_once_for_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[object] = []

    def connect(where: tuple[str, int], timeout: float) -> socket.socket:
        called.append((where, timeout))
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with listener() as (port, heard):
        url, name = f"http://rebind.example:{port}/", Rebinding(["93.184.216.34"], ["127.0.0.1"])
        out = Outbound(resolve=name)
        with pytest.raises(ConnectionRefusedError):
            out.post(url, b"{}", {})
        assert called == [(("93.184.216.34", port), 10.0)]  # what was checked, and nothing else
        with pytest.raises(Refused):
            out.post(url, b"{}", {})
        assert name.asked == 2
        assert len(called) == 1
        assert heard == []


def test_one_address_inside_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(Refused, match="leads inside"):
        Outbound(resolve=lambda *_: ["93.184.216.34", "10.0.0.7"]).check("https://mixed.example/")
    with pytest.raises(Refused, match="cannot be looked up"):
        Outbound(resolve=lambda *_: []).check("https://nobody.example/")


def test_what_may_be_called_is_called_and_the_answer_is_told() -> None:
    with listener() as (port, heard):
        answered = Outbound(inside=[LOOPBACK]).post(f"http://127.0.0.1:{port}/hook?a=1", b'{"a":1}', {"X-Id": "7"})
        assert (answered.status, answered.body, answered.whole) == (200, b"ok", True)
        assert heard[0].startswith(b"POST /hook?a=1 HTTP/1.1\r\n")
        assert b"X-Id: 7" in heard[0]


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with listener() as (inner, heard):
        moved = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{inner}/\r\nContent-Length: 2\r\n\r\nok".encode()
        with listener(moved) as (port, _):
            answered = Outbound(inside=[LOOPBACK]).post(f"http://127.0.0.1:{port}/", b"", {})
        assert answered.status == 302
        assert heard == []


def test_an_answer_without_end_is_cut() -> None:
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n" + b"x" * 200_000
    with listener(long) as (port, _):
        answered = Outbound(inside=[LOOPBACK]).post(f"http://127.0.0.1:{port}/", b"", {})
    assert (len(answered.body), answered.whole) == (65_536, False)


def test_an_answer_that_does_not_come_is_given_up() -> None:
    with listener(b"HTTP/1.1 200 OK\r\n") as (port, _), pytest.raises(TimeoutError, match="longer than"):
        Outbound(inside=[LOOPBACK], seconds=0.2).post(f"http://127.0.0.1:{port}/", b"", {})


def test_a_header_cannot_hide_another() -> None:
    with listener() as (port, heard), pytest.raises(ValueError, match="Invalid header"):
        Outbound(inside=[LOOPBACK]).post(f"http://127.0.0.1:{port}/", b"", {"X": "a\r\nY: b"})
    assert b"Y: b" not in b"".join(heard)
