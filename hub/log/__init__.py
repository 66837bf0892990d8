"""The log as anybody reads it: its door of tiles and checkpoints, its files, the clients of logs and witnesses."""
