"""What Lambda does around the package, run as `python -I -S lambda_runtime.py PACKAGE`: nothing but the package and the
standard library can be imported. Reads an event a line, as JSON; writes what the handler returned, or how it failed."""

import json
import os
import sys

package = sys.argv[1]
answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)  # what the handler prints goes to the log
sys.path.insert(0, package)
os.chdir(package)

from handler import lambda_handler  # type: ignore[import-not-found]  # noqa: E402 - of the package

for line in sys.stdin:
    try:
        said = {"returned": lambda_handler(json.loads(line), None)}
    except Exception as error:  # noqa: BLE001 - Lambda reports it, and may deliver the event again
        said = {"raised": repr(error)}
    answers.write(json.dumps(said) + "\n")
