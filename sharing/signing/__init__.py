"""Publishers' signing keys, and the manifests of what they submit."""
