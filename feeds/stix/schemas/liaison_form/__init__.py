"""The JSON schemas of our extension, one file a version; a published version is never changed."""
