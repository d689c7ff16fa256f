"""Providers to sign in at: the certified `oidc-provider` on Node.js, and one of our own that lies on demand."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from salience import Engine
from salience.console import staff
from salience.engine.workspace import wall_clock
from salience.serve.app import app
from salience.serve.run import background
from salience.store import home

ROOT = Path(__file__).parents[2]
PANVA = Path(__file__).parent / "panva"
CLIENT, SECRET = "salience console", "a secret: with / and + of the provider"
ROLES = {"privacy-team": "officer", "readers": "viewer"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def settings(issuer: str, address: str, **more: Any) -> str:
    """The text of ``salience.toml``."""
    told = {"issuer": issuer, "client_id": CLIENT, "address": address, "name": "Shop ID", "inside": ["127.0.0.0/8"]}
    lines = [f"{name} = {json.dumps(value)}" for name, value in {**told, **more}.items() if name != "roles"]
    roles = [f"{json.dumps(name)} = {json.dumps(role)}" for name, role in more.get("roles", ROLES).items()]
    return "\n".join(["[oidc]", *lines, "[oidc.roles]", *roles, ""])


@contextmanager
def console(
    folder: Path, issuer: str, port: int, *, clock: Callable[[], int] = wall_clock, secret: str = SECRET, **more: Any
) -> Iterator[tuple[Engine, str]]:
    """A workspace whose console is served at ``http://localhost:PORT``."""
    address = f"http://localhost:{port}"
    made = home.create(folder / "shop", settings=settings(issuer, address, **more)).home
    (made / home.PROVIDER_SECRET).write_text(secret + "\n")
    with Engine.open(made, clock=clock) as engine:
        pages = staff.routes(engine, lambda asked: asked.headers.get("x-test-network", "here"))
        with background(app(engine, lambda _key: None, pages=pages), port=port):
            yield engine, address


class Panva:
    """The certified provider. ``say`` moves it: ``rotate`` its keys, ``apart``: claims at userinfo alone."""

    def __init__(self, address: str, process: subprocess.Popen[str]) -> None:
        self.address, self._process = address, process

    def say(self, word: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        while (line := self._process.stdout.readline()).strip() != word:  # it prints notices of its own
            assert line


@contextmanager
def panva(address: str) -> Iterator[Panva]:
    """`oidc-provider` at its locked version, from a cache outside of the repository."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    script = [shutil.which("bash") or "bash", str(ROOT / "scripts" / "node_sdk.sh"), "tests/console/panva"]
    found = subprocess.run(script, capture_output=True, text=True, check=False, env=os.environ | {"PATH": path})  # noqa: S603 - our own script
    assert found.returncode == 0, found.stderr
    modules = found.stdout.strip().splitlines()[-1]
    back, after = f"{address}/console/provider/back", f"{address}/console/sign-in"
    words = [str(Path(sys.executable).parent / "node"), str(PANVA / "serve.mjs"), CLIENT, SECRET, back, after]
    with subprocess.Popen(  # noqa: S603 - Node.js from its wheel, and our own script
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"MODULES": str(Path(modules).parent)},
    ) as process:
        assert process.stdout is not None
        try:
            yield Panva(process.stdout.readline().strip(), process)
        finally:
            process.kill()


class Liar:
    """A provider in this process. ``claims`` changes what its tokens say, ``sign`` how they are signed."""

    def __init__(self) -> None:
        self.address = ""
        self.now = 1_760_000_000
        self.key = RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig", "alg": "RS256"})
        self.published: list[dict[str, Any]] = [self.key.as_dict(private=False)]
        self.claims: dict[str, Any] = {}
        self.sign: Callable[[Liar, dict[str, Any]], str] = signed
        self.document: dict[str, Any] = {}
        self.asked: dict[str, dict[str, str]] = {}
        self.seen: list[str] = []
        self.tokens: dict[str, Any] = {}
        self.code_used: set[str] = set()

    def page(self) -> dict[str, Any]:
        ends = {
            "authorization_endpoint": "/auth",
            "token_endpoint": "/token",
            "jwks_uri": "/keys",
            "end_session_endpoint": "/out",
        }
        told = {name: self.address + path for name, path in ends.items()}
        return {"issuer": self.address, **told, **self.document}

    def approve(self, url: str) -> dict[str, str]:
        """What a person's browser is sent back with after signing in."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        code = hashlib.sha256(url.encode()).hexdigest()
        self.asked[code] = asked
        return {"code": code, "state": asked["state"]}

    def answer(self, path: str, body: str) -> tuple[int, Mapping[str, Any]]:
        self.seen.append(path)
        if path == "/.well-known/openid-configuration":
            return 200, self.page()
        if path == "/keys":
            return 200, {"keys": self.published}
        if path != "/token":
            return 404, {}
        form = {name: values[0] for name, values in parse_qs(body).items()}
        asked = self.asked.get(form["code"], {})
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        known = asked.get("redirect_uri") == form["redirect_uri"] and challenge.decode() == asked.get("code_challenge")
        if not known or form["code"] in self.code_used:
            return 400, {"error": "invalid_grant"}
        self.code_used.add(form["code"])
        told = {"iss": self.address, "aud": CLIENT, "sub": "s-1", "iat": self.now, "exp": self.now + 300}
        told |= {"nonce": asked["nonce"], "groups": ["privacy-team"], "preferred_username": "ann"}
        claims = {name: value for name, value in {**told, **self.claims}.items() if value is not None}
        return 200, {
            "id_token": self.sign(self, claims),
            "access_token": "opaque",
            "token_type": "Bearer",
            **self.tokens,
        }


def signed(liar: Liar, claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, liar.key)


@contextmanager
def liar() -> Iterator[Liar]:
    """One that listens."""
    made = Liar()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply("")

        def do_POST(self) -> None:
            self.reply(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def reply(self, body: str) -> None:
            status, told = made.answer(urlsplit(self.path).path, body)
            data = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
