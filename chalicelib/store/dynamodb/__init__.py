"""DynamoDB's protocol, which knows no records: the one transport, its errors, and compression."""
