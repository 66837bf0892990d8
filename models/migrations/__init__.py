"""The one history of the schema, for both databases."""

HEAD = "0042"
"""The schema of this program: the last revision of the history. A test holds it to that."""
