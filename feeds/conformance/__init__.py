"""Checks any TAXII 2.1 server against the specification and the habits of its clients, over its own wire."""
