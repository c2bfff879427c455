"""The straightforward handler as a Lambda. Not imported by the benchmark: it is copied into a package as its `app`."""

import os

from tests.bench.alternatives.books import Books
from tests.bench.alternatives.straightforward import make_app

app = make_app(Books(os.environ["BOOKS"]), {os.environ["CONNECTION"]: os.environ["SECRET"]})
