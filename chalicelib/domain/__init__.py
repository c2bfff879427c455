"""What the programme means: pure functions over values.

Nothing here reads a clock, a network, a table or a random source; those are arguments.
May import the standard library and msgspec, nothing of `store`, `engine` or `edge`.
"""
