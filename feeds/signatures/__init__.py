"""Posts that their publishers signed: made by the signing client, verified, judged."""
