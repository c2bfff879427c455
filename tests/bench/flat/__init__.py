"""Whether an order costs the same in every shop: shops of many sizes, on disk, and what an order costs in each."""
