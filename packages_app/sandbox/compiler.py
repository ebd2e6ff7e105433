"""Compiles the engine ahead of time: `python -I -S compiler.py <library> <wasm> <native> <path>...`.

Run once for each version of anything involved. Importing what the worker imports leaves its bytecode in the cache too.
"""

import sys

sys.path += sys.argv[4:]

from packages_app.sandbox import answering, quickjs, webassembly

library, wasm, native = sys.argv[1:4]
assert answering
with open(wasm, "rb") as source, open(native, "xb") as target:  # noqa: PTH123 -- the worker's imports and no more
    target.write(webassembly.Machine(library, stack=quickjs.MACHINE_STACK).compile(source.read()))
