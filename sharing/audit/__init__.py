"""The trail: recording, integration, proof and export."""
