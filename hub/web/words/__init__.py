"""What pages call things, in the reader's language; a file for each family of pages."""
