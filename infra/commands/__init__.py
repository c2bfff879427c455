"""The operator's commands, one module for each group: `add` declares their arguments, the other functions run them."""
