"""Runs the whole command: python -m empirical, the same as ratebound."""

from empirical.cli.app import main

if __name__ == "__main__":  # the ranks import this module and must not run it
    main()
