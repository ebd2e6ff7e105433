"""Where a policy's process starts: `python -I -S -B worker.py <orders> <path>...`, with nothing in its environment.

-I and -S leave only the standard library to import from; the paths are where the rest comes from.
"""

import sys

sys.path += sys.argv[2:]

from packages_app.sandbox.answering import main

main(sys.argv[1])
