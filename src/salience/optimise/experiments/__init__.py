"""Experiments: who gets which arm, what the arms earned, and when that may be called a difference."""
