"""How far a filed report goes, changed later: held until a time, let further, narrowed, recalled."""
