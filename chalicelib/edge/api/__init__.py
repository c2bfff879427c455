"""The handlers of the API, one module for each resource; the rows of `app.py` name them."""
