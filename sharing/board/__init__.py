"""The situation board: the state of services, as secretariats say it."""
