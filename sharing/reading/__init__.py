"""Reading: the one choke point. Lists, counts, searches, feeds, digests and trends all go through it."""
