"""The pages of a member: finding one, what it has, correcting that, and what a customer may ask of the shop."""
