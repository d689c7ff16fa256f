"""The only door to disks: the event log, published artefacts, keys, the workspace folder and its lock.

Start with `log` (the contract), then `sqlite_log` (the embedded implementation).
"""
