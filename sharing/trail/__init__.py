"""What people are told of the trail and of disclosures, erasing content, and the way on after a loss."""
