"""How somebody will rate something. See `rating` for the contract."""
