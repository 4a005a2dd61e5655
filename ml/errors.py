"""The exception of this package that a person is meant to read."""


class ModellingError(Exception):
    """A fault that the operator can mend: the message says what is wrong, where, and what to do."""
