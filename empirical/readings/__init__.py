"""What can be read off one algorithm text."""
