"""Pictures of what was found, drawn here: SVG without any library, PNG where Pillow is installed."""

from salience.cli.plots.charts import bars, heat, lines
from salience.cli.plots.scene import check, write

__all__ = ["bars", "check", "heat", "lines", "write"]
