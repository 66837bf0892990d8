"""Other servers: asking them without trusting them, and what becomes of what they send."""
