"""Patterns in what people did: association rules and segments, each with how far it can be trusted."""

from salience.mine.itemsets import Itemsets, itemsets
from salience.mine.rules import Rule, rules
from salience.mine.segments import Segment, Segmentation, Trait, segments

__all__ = ["Itemsets", "Rule", "Segment", "Segmentation", "Trait", "itemsets", "rules", "segments"]
