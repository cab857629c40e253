"""What an installer asks of a running home: find, enrol, look at, test, pair, remove."""
