"""The verbs and the rules: who may see what in which form, and the record that it happened."""
