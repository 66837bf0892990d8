"""What the doors for programs share: who a program says it is, what its key asked, and what it does wrong."""
