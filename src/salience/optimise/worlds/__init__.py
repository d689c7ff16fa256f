"""Simulated worlds whose truth is known, each seeded and in a file of its own."""
