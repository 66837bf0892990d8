"""A door of its own: the witness, a small program that watches logs for somebody else and cosigns what only grew."""
