"""The doors: web, REST, TAXII, commands, scheduler; and the wiring that joins them to the rest."""
