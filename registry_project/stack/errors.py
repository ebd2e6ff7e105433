"""What the embedded stack says when it can't go on."""


class StackError(Exception):
    """The stack can't start or go on; the message is one line for the person at the terminal."""
