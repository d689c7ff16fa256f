"""Models that give everybody and everything a short vector of numbers: ALS and its solvers, PureSVD, BPR."""
