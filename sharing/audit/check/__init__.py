"""Checking the log in the database: entries against what is kept beside them, and covered rows against entries."""
