"""Files of reports on their way: taken in, kept sealed, looked at by a scanner, given out. For every door."""
