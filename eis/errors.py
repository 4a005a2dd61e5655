"""The one exception that a person is meant to read."""


class EisError(Exception):
    """A fault that the operator can mend: the message says what is wrong, where, and what to do."""
