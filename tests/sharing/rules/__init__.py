"""The pure rules: tables and properties, no database."""
