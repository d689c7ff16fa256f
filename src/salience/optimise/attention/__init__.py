"""Attention as something that is spent: what position is worth, how a budget is paced, and what may not be sold."""
