"""What runs without a request: the table's stream, the daily round, trying a draft."""
