"""What goes wrong with the embedded services, in words that say what to do."""


class EmbeddedServiceError(RuntimeError):
    """A service cannot be started, reached or stopped; the message says what to do about it."""
