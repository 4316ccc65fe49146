"""The commands that need no torch: how their arguments are read and their results printed.

Functions of commands import what they compute with when they run, so that --help stays fast.
"""
