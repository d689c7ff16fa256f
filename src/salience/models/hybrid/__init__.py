"""Hybrids: algorithms whose parts are algorithms, and what their weights are learned by. The contract: `hybrid`."""
