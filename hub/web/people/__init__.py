"""Pages of people: signing in, joining, the own account, the own organization."""
