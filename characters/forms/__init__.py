"""The builder's forms: each step reads a card and says which fields it changes."""
