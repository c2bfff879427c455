"""Where untrusted bytes become typed values: routes, webhooks, stream records. Chalice is known here and in app.py."""
