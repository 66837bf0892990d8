"""An edition: one version of a report in the form for one audience, without what would give its sender away."""
