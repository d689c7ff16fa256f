"""What only people can say in the papers for an authority: the ``[controller]`` table of a workspace's settings."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

Said: TypeAlias = Annotated[str, Meta(max_length=2000)]
For: TypeAlias = Literal["analytics", "personalisation", "marketing", "sharing", "sensitive"]
"""The purposes of `privacy.regions`."""


class Controller(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``name`` and ``contact`` of who is responsible; ``officer`` for data protection; ``representative``;
    ``authority`` that people may complain to; ``subjects``: whose data it is; ``place``: where this server stands.

    ``grounds``: purpose -> legal ground; ``necessity``: purpose -> why it is needed; ``safeguards``: country ->
    what protects data there; ``limits``: class of data -> why it is kept without a limit; ``measures``: what else
    protects it, e.g. the encryption of the disk. All of it is printed as it stands.
    """

    name: Said = ""
    contact: Said = ""
    officer: Said = ""
    representative: Said = ""
    authority: Said = ""
    subjects: Said = "Visitors and customers of the site"
    place: Said = ""
    grounds: dict[For, Said] = {}
    necessity: dict[For, Said] = {}
    safeguards: dict[str, Said] = {}
    limits: dict[str, Said] = {}
    measures: tuple[Said, ...] = ()
