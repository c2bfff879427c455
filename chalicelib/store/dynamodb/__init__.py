"""DynamoDB's protocol: the one transport, its errors, queries and scans."""
