"""The checks of deciding and proving: one file a group, one list (`every.py`), one command (`make bench-decide`)."""
