"""Files of others: bundles, MISP events, tables and lists of indicators, in; bundles, out."""
