"""The trail: recording, integration, checkpoints, proof, and the check of all of it."""
