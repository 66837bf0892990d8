"""Mail: what is said in it, and the way to the mail server."""
