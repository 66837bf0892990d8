"""Deciding again what was published: what a later policy changes, by whom that is let happen, and doing it."""
