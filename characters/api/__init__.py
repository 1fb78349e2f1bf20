"""Characters over the API."""
