"""Text made ready: cleaned, its language told, cut into words. No model and no dictionary is needed."""

from salience.prepare.text.cleaning import plain
from salience.prepare.text.language import Language, language
from salience.prepare.text.segment import Lexicon, words

__all__ = ["Language", "Lexicon", "language", "plain", "words"]
