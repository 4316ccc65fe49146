"""Runs the commands that need no torch, those about theorems: python -m theory."""

from theory.cli.app import main

if __name__ == "__main__":
    main()
