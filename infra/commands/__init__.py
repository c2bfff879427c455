"""The operator's commands, one module for each group: `add` states what they take, the rest does it."""
