"""The commands of the exact readings: what is typed, and what is printed or drawn for it."""
