"""The OpenAPI document of the route table, what it says of each field, and the page that shows it."""
