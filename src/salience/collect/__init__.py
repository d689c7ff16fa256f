"""What arrives: bytes and files become events, each judged on its own; nothing that came is lost without a reason.

Start with `accept` (one pure function), then `decode` (bodies) and `importers` (files).
"""
