"""Questions about reports and editions, with their answers; through the secretariat, neither side knows the other."""
