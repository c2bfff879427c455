"""The adapters to HTTP, the stream and the schedule: they parse untrusted bytes into typed values. Chalice is imported
here and in app.py only.
"""
