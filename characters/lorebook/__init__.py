"""The lorebook: which entries a conversation wakes, and why. Pure."""
