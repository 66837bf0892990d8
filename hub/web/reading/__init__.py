"""Pages for readers: the feed, one object, search, digests, trends, lessons, questions."""
