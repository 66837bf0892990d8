"""Sharing wider: the secretariat proposes, the sender or its delegate approves what it saw, or time runs out."""
