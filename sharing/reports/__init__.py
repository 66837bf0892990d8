"""The life of a report: written, filed, proposed wider, approved by its sender, and read by whom it concerns."""
