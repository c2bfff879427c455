"""What an order costs, measured: `make bench`. Each part is a module with `measure() -> Section`."""
