"""Stories of deliveries that were reported in public, for each kind of storefront, with the source of each."""
