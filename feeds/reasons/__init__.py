"""Why something is refused, or taken with a word to its poster: codes, their sentences, their form on the wire."""
