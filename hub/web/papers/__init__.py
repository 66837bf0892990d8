"""What leaves the hub as PDF: the pages that offer it, what stands on each sheet, and how it is made."""
