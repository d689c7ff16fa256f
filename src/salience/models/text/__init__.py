"""Texts: classes, mood, and vectors."""
