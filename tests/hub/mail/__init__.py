"""Mail over a real SMTP server, and the pages and commands around it."""
