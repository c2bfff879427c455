"""The kinds of part that a form adds to the programme: the fields of each, and the pieces of the document it makes."""
