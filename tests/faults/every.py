"""Every mark in order, and why some are not looked at."""

from __future__ import annotations

from tests.faults import disk, kills, load, noisy, on_postgres, order, poison, traces, versions
from tests.faults.marks import Mark

MARKS: tuple[Mark, ...] = (
    Mark("R01", "kill -9 while ingesting", kills.killed_while_ingesting, ("early-ack", "split-counter")),
    Mark("R02", "kill at an exact write or sync", traces.exact_write, ("early-ack",)),
    Mark("R03", "no answer before its sync", traces.synced_before_sent, ("relaxed-sync",)),
    Mark("R04", "planted bugs are caught", kills.planted_bugs_are_caught),
    Mark("R05", "disk full", disk.disk_full, ("swallowed-sync",)),
    Mark("R06", "sync error", traces.sync_error, ("swallowed-sync",)),
    Mark("R07", "flipped byte", disk.flipped_byte, ("no-checksum",)),
    Mark("R08", "lock held by another process", disk.lock_held, ("patient",)),
    Mark("R09", "fuzzed bodies", order.fuzzed_bodies, ("careless",)),
    Mark("R10", "duplicates across restarts", order.duplicates, ("no-deduplication",)),
    Mark("R11", "any order of arrival", order.any_order, ("last-wins",)),
    Mark("R12", "clocks of senders", order.client_clocks, ("own-clock",)),
    Mark("R13", "jumps of the server's clock", order.server_clock, ("early-expiry",)),
    Mark("R14", "slow and silent callers", load.slow_clients, ("patient",)),
    Mark("R15", "huge bodies", load.huge_bodies, ("boundless",)),
    Mark("R16", "five times too much", load.overload, ("dropping",)),
    Mark("R20", "graceful stop", load.graceful_stop, ("abrupt",)),
    Mark("R22", "poison message", poison.poison_message, ("clogged", "stubborn")),
    Mark("R23", "256 handles", load.few_handles, ("leaky",)),
    Mark("R24", "other formats of the log", versions.other_formats, ("any-version",)),
    Mark("R25", "backups while writing", versions.backups_under_load, ("plain-copy",)),
    Mark("R26", "a second instance", versions.second_instance, ("no-lock",)),
    Mark("R27", "noisy tenant", noisy.noisy_tenant, ("unlimited", "first-come")),
    *on_postgres.MARKS,
)

NOT_BUILT: dict[str, str] = {}
