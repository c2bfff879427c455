"""Requests that are made from docs/openapi.json by Schemathesis, and answers that are held against it."""
