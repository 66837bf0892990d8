"""The nouns: tables, vocabularies, code lists, migrations, sessions. They store; they do not decide."""
