"""Every feature, one file each. A new one is its file, its test, and one line in `FEATURES`."""

from salience.prepare.feature import Feature
from salience.prepare.features.catalogue import Catalogue
from salience.prepare.features.history import History
from salience.prepare.features.interest import Interest
from salience.prepare.features.person import PersonFields
from salience.prepare.features.popularity import Popularity
from salience.prepare.features.predicted import Predicted
from salience.prepare.features.words import Words

FEATURES: tuple[Feature, ...] = (Catalogue(), History(), Popularity(), PersonFields(), Predicted(), Interest(), Words())
