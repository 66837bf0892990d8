"""Pages about other machines: programs that connect, peers, pushes, and the keys that sign."""
