"""Pages of the park's characters and of the studio."""
