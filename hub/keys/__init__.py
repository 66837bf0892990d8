"""The keys of a hub as files that only it reads: its secrets, the log's keys, the key that signs editions."""
