"""What the tests stand on: databases, processes, free ports, and the honest count at the end."""
