"""Sign in: sessions of people with an account, and what stands against guessing. Sessions live in memory.

A failed try costs the next one from the same network at the same name more and more time; other networks are not slowed
down, so nobody can lock somebody else out. An unknown name costs the same work and gets the same answer.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass

from salience.engine.securing import Securing
from salience.events import InvalidInput
from salience.events.roles import MAY, Right, Role
from salience.store import passwords
from salience.store.accounts import Account, Accounts
from salience.store.home import ACCOUNTS

IDLE_MS, LONGEST_MS = 30 * 60_000, 12 * 3_600_000
FREE_TRIES, LONGEST_WAIT_MS = 5, 15 * 60_000
TRIES_OF_A_NETWORK = 30
REMEMBERED = 10_000


class TooMany(InvalidInput):
    """Too many wrong guesses: in ``wait`` seconds the next one is heard."""

    def __init__(self, wait: int) -> None:
        self.wait = wait
        super().__init__("password", "", "was guessed wrong too often", f"try again in {wait} s")


@dataclass
class Session:
    """Who is signed in. ``form`` is what a form of this session must bring along; ``longest``: ms that it may last.

    ``subject``: whom a provider vouches for (`engine.vouching`), by its own id, and ``hint`` its token; else empty.
    """

    name: str
    role: Role
    stamp: str
    form: str
    began: int
    last: int
    longest: int
    subject: str = ""
    hint: str = ""

    @property
    def actor(self) -> str:
        """Who it is in the audit chain. A provider's people choose their names, so their id stands beside it."""
        return f"provider {self.subject} {self.name}" if self.subject else f"account {self.name}"

    @property
    def signed(self) -> str:
        """The name under what somebody decides."""
        return f"{self.name} ({self.subject})" if self.subject else self.name

    def may(self, right: Right) -> bool:
        """Whether the role has a right."""
        return right in MAY[self.role]


class SigningIn(Securing):
    """The verbs of accounts and sessions."""

    _sessions: OrderedDict[str, Session] | None = None
    _tries: OrderedDict[str, tuple[int, int]] | None = None
    _accounts: Accounts | None = None

    @property
    def accounts(self) -> Accounts:
        """The accounts of this workspace."""
        if self._accounts is None:
            if self.home is None:
                raise InvalidInput("home", "", "has no accounts", "name a workspace folder")
            self._accounts = Accounts(self.home.folder / ACCOUNTS)
        return self._accounts

    def add_account(self, name: str, role: Role, password: str, *, actor: str = "engine") -> Account:
        """A new account for somebody."""
        made = self.accounts.add(name, role, passwords.hashed(passwords.acceptable(password, name)), now=self.now())
        self.witness_account("account made", f"role={role}", actor=actor)
        return made

    def change_account(self, name: str, *, role: Role | None = None, password: str = "", actor: str = "engine") -> None:
        """Another role or password: every session of that account ends with it."""
        phc = passwords.hashed(passwords.acceptable(password, name)) if password else ""
        self.accounts.change(name, role=role, phc=phc)
        self.witness_account("account changed", f"role={role or ''} password={'new' if password else ''}", actor=actor)

    def remove_account(self, name: str, *, actor: str = "engine") -> None:
        """End an account and its sessions."""
        self.accounts.remove(name)
        self.witness_account("account removed", "", actor=actor)

    def witness_account(self, action: str, detail: str, *, actor: str) -> None:
        """A row of the audit chain, also from beside the process that serves."""
        if self.read_only:
            self.witness(action, detail, actor=actor)
        else:
            self.note(action, detail=detail, actor=actor)

    def sign_in(self, name: str, password: str, *, network: str) -> str:
        """A token for a new session. `InvalidInput` in the same words whatever is wrong; `TooMany` after many tries."""
        keys = (f"{network} {name.casefold()}", network)
        self._check_tries(keys)
        found = self.accounts.find(name)
        good = passwords.matches(password[: passwords.MOST], found.phc if found else "")
        if found is None or not good:
            self._missed(keys)
            self.note("sign-in refused", detail=f"known={found is not None}", actor="console")
            raise InvalidInput("password", "", "name or password is wrong", "try again")
        if passwords.outdated(found.phc):
            found = self.accounts.change(name, phc=passwords.hashed(password), quietly=True)
        if self._tries:
            self._tries.pop(keys[0], None)
        now = self.now()
        form = secrets.token_urlsafe(16)
        return self._begin(Session(found.name, found.role, found.stamp, form, now, now, LONGEST_MS))

    def session(self, token: str) -> Session | None:
        """The session of a token; None once it is over: idle, too long, signed out, or the account has changed."""
        sessions, key, now = self._open_sessions(), _kept(token), self.now()
        found = sessions.get(key)
        if found is None:
            return None
        over = now - found.last > IDLE_MS or now - found.began > found.longest
        if over or not self._still(found):
            sessions.pop(key, None)
            return None
        found.last = now
        return found

    def sign_out(self, token: str) -> None:
        """End a session."""
        found = self._open_sessions().pop(_kept(token), None)
        if found is not None:
            self.note("signed out", actor=found.actor)

    # --- inside -------------------------------------------------------------------------------------------------------

    def _begin(self, session: Session) -> str:
        """A new session under a new token, which is given back and not kept."""
        token, sessions = secrets.token_urlsafe(32), self._open_sessions()
        sessions[_kept(token)] = session
        while len(sessions) > REMEMBERED:
            sessions.popitem(last=False)
        self.note("signed in", detail=f"role={session.role}", actor=session.actor)
        return token

    def _still(self, session: Session) -> bool:
        """Whether whoever signed in is still who they were."""
        account = self.accounts.find(session.name)
        return account is not None and hmac.compare_digest(account.stamp, session.stamp)

    def _open_sessions(self) -> OrderedDict[str, Session]:
        if self._sessions is None:
            self._sessions = OrderedDict()
        return self._sessions

    def _check_tries(self, keys: tuple[str, str]) -> None:
        for key, free in zip(keys, (FREE_TRIES, TRIES_OF_A_NETWORK), strict=True):
            count, last = self._tries.get(key, (0, 0)) if self._tries else (0, 0)
            wait = min(1_000 * 2 ** min(count - free, 20), LONGEST_WAIT_MS) if count >= free else 0
            left = last + wait - self.now()
            if left > 0:
                raise TooMany(-(-left // 1_000))

    def _missed(self, keys: tuple[str, str]) -> None:
        tries = self._tries = self._tries if self._tries is not None else OrderedDict()
        now = self.now()
        for key in keys:
            count, last = tries.pop(key, (0, 0))
            tries[key] = (count + 1 if now - last < 2 * LONGEST_WAIT_MS else 1, now)
        while len(tries) > REMEMBERED:
            tries.popitem(last=False)


def _kept(token: str) -> str:
    """What is kept of a token: with it nobody can sign in."""
    return hashlib.sha256(token.encode()).hexdigest()
