"""Pictures as numbers, in NumPy alone: colours, a hash that survives resizing, and a look to compare by."""

from salience.prepare.image.colour import Colour, colours, histogram
from salience.prepare.image.look import look
from salience.prepare.image.perceptual import hashes, near_duplicates
from salience.prepare.image.picture import Pixels, decoded, shrunk

__all__ = ["Colour", "Pixels", "colours", "decoded", "hashes", "histogram", "look", "near_duplicates", "shrunk"]
