"""The adapters to DynamoDB and SSM. PynamoDB and botocore are imported here only; callers get the domain's records.

May import the domain, nothing of `engine` or `edge`.
"""
