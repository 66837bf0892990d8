"""Work that waits: due rows, the lease of who does them, what is forgotten, what may come a little later."""
