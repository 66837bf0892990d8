"""What people are told of the trail and of disclosures, and erasing content that the law wants erased."""
