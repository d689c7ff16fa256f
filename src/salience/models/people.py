"""Whose histories a model was fitted on. A notebook asks by user id; a published model carries nobody."""

from __future__ import annotations

from dataclasses import dataclass

from salience.events.interactions import IdMap, Interactions, Matrix


@dataclass(frozen=True)
class People:
    """The histories that a model was fitted on, so that a notebook may ask by user id. Published models carry none."""

    users: IdMap
    histories: Matrix


def people_of(data: Interactions) -> People:
    """The histories of a table, to be carried by the model fitted on it."""
    return People(data.users, data.matrix)
