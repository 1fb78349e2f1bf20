"""A face of the chat for programs: OpenAI's API, where a model is a character."""
