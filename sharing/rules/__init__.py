"""Rules: frozen values in, answers with reasons out. No row, no session, no clock, no network."""
