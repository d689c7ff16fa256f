"""Learning who will do what: candidates judged on rows that they have not seen, blended, calibrated, or refused."""
