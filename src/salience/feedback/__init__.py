"""Outcomes joined to decisions: rewards, lessons for the policies, and the attention ledger."""

from salience.feedback.attention import Attention, AttentionLedger
from salience.feedback.join import Join, JoinCounts
from salience.feedback.meter import Meter
from salience.feedback.reward import reward

__all__ = ["Attention", "AttentionLedger", "Join", "JoinCounts", "Meter", "reward"]
