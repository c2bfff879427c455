"""The table and the secrets. PynamoDB and botocore are known here only; what leaves are the domain's records.

May import the domain, nothing of `engine` or `edge`.
"""
