"""The owner's console: pages for people, made on the server, with plain forms; nothing of it is loaded by the API."""
