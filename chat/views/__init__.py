"""Pages and fragments of the chat."""
