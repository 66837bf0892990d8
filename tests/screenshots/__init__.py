"""Takes the pictures of docs/images: `make screenshots`."""
