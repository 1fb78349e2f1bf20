"""Pages of the desk and of notices."""
