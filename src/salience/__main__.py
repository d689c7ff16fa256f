"""`python -m salience`, the same as the command `salience`, for where its folder is not on the path."""

from salience.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
