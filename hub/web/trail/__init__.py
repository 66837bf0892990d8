"""Pages that prove: the history of a thing, the disclosure ledger, receipts, witnesses."""
