"""Item-item models by regression: EASE, its form for large catalogues, SLIM, SLIST."""
