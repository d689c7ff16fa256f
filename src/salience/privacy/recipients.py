"""Who else gets people's data, on which ground, and the notices they are owed (GDPR 19, 30; PIPL 21-23, 38). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal, TypeAlias, get_args

from msgspec import Meta, Struct, structs

from salience.events import InvalidInput
from salience.privacy.regions import PURPOSES, Purpose
from salience.privacy.standing import Use

Role: TypeAlias = Literal["processor", "joint controller", "third party"]
Basis: TypeAlias = Literal["consent", "contract", "legal obligation", "legitimate interest"]

FIELDS: Final[Mapping[str, frozenset[Purpose]]] = {
    "id": frozenset(PURPOSES),
    "events": frozenset({"analytics", "personalisation"}),
    "traits": frozenset({"personalisation", "marketing"}),
    "segments": frozenset({"personalisation", "marketing"}),
    "scores": frozenset({"personalisation"}),
    "decisions": frozenset({"analytics", "personalisation"}),
}
"""Class of data -> the purposes that it was collected for (GDPR 5(1)(b)). Anything else may leave for no purpose."""

TRIES = 8
FIRST_WAIT = 60_000


class Recipient(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One recipient. ``third party`` ones get data by sharing, the others by pushes on our behalf."""

    name: Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9_.-]+$")]
    role: Role | Literal[""] = ""
    region: Annotated[str, Meta(max_length=16)] = ""
    basis: Basis | Literal[""] = ""
    purposes: tuple[Purpose, ...] = ()
    contact: Annotated[str, Meta(max_length=256)] = ""

    @property
    def use(self) -> Use:
        """What giving something to this recipient is."""
        return "share" if self.role == "third party" else "push"

    def checked(self) -> Recipient:
        """Itself; `InvalidInput` while something is missing that the law asks for before anything leaves."""
        for field, way_out in (
            ("role", f"one of {', '.join(get_args(Role))}"),
            ("region", "the country that it is in"),
            ("basis", f"one of {', '.join(get_args(Basis))}"),
            ("purposes", f"some of {', '.join(PURPOSES)}"),
        ):
            if not getattr(self, field):
                raise InvalidInput(f"recipient.{field}", "", "is missing: nothing may leave without it", way_out)
        return self


def foreign(fields: Iterable[str], purposes: Iterable[Purpose]) -> list[str]:
    """The classes of data that were collected for none of these purposes.

    >>> foreign(["id", "traits", "scores", "diary"], ["marketing"])
    ['scores', 'diary']
    """
    wanted = frozenset(purposes)
    return [field for field in fields if not FIELDS.get(field, frozenset()) & wanted]


class Notice(Struct, frozen=True):
    """One message to one recipient: delete what you have of this person. ``failed`` ones are tried again, for ever.

    After `TRIES` failures ``alert`` is set; nothing is given up in silence. ``after``: not before this time, ms.
    """

    id: str
    recipient: str
    receipt: str
    made: int
    status: Literal["pending", "failed", "done"] = "pending"
    tries: int = 0
    after: int = 0
    error: str = ""
    alert: bool = False

    def failed(self, error: str, now: int) -> Notice:
        """One more try did not work; the next wait is twice as long, up to a day.

        >>> one = Notice("n", "crm", "r", made=0)
        >>> one.failed("timeout", 0).after, one.failed("timeout", 0).failed("timeout", 60_000).after
        (60000, 180000)
        """
        wait = min(FIRST_WAIT << min(self.tries, 20), 86_400_000)
        tries = self.tries + 1
        return structs.replace(self, status="failed", tries=tries, after=now + wait, error=error, alert=tries >= TRIES)

    def done(self) -> Notice:
        """It was confirmed."""
        return structs.replace(self, status="done", error="", alert=False)
