"""What pages, REST and commands share about reports: sheets of many, deadlines, lessons, whose original was shown."""
