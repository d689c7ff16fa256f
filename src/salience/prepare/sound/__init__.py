"""Sound as numbers, in NumPy alone: WAV decoding, mel-frequency cepstra, spectral shape, where somebody speaks."""

from salience.prepare.sound.mfcc import mfcc
from salience.prepare.sound.spectral import Shape, described, shape, spoken
from salience.prepare.sound.waves import Sound, decoded, resampled

__all__ = ["Shape", "Sound", "decoded", "described", "mfcc", "resampled", "shape", "spoken"]
