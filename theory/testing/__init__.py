"""Laws that every bound obeys, and errors planted to see whether they are noticed."""
