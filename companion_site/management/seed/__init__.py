"""Fills an empty park: the characters of `fixtures/cards`, the people and the evening of `fixtures/demo.yaml`."""
