"""Other servers: peers that are read from, pushes that are sent to, and why something was not taken."""
