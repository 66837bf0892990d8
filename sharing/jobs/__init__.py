"""Work that waits: due rows, mails among them, the lease of who does them, what is forgotten, what may come later."""
