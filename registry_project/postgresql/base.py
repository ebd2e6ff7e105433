"""Django's PostgreSQL, but for how a kept connection is looked at before a request uses it: without asking the server."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Whether the other end still holds the connection.

        Nothing is under way on it, so there is something to read only where the server, or the pooler between, has ended
        it. A host that vanished without a word isn't noticed; asking one would not return either. After an error, whose
        traces may be elsewhere, Django's own `SELECT 1` has the word.
        """
        if self.errors_occurred or self.connection is None or self.connection.closed:
            return bool(super().is_usable())
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        return not waiting.poll(0)
