"""A Lambda that only says a line: what the local AWS itself costs. Copied into a package as its `app`.

It says one because the others do too: the local AWS waits 50 ms for the log of a handler that says nothing.
"""


def app(event: object, context: object) -> dict[str, object]:
    print('{"event": "nothing"}')
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": "{}"}
