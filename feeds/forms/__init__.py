"""Report forms as files: spreadsheets out and in."""
