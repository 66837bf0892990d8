"""The schemas that `feeds.stix.derive_schemas` made, as data of the package."""
