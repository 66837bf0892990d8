"""What guards every request: headers and forms, slow senders, and the beat that hides what is hidden."""
