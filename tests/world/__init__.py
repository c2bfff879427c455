"""What the tests of all parts share: builders, a table in memory, senders, faults."""
