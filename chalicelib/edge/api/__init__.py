"""One module for each resource of the API, whose functions the rows of `app.py` name."""
