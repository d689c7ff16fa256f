"""Models that ask whoever or whatever is most alike: item-kNN and user-kNN, and how alike two rows are."""
