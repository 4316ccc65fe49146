"""Runs the torch-free half of the command: python -m theory."""

from theory.cli.app import main

if __name__ == "__main__":
    main()
