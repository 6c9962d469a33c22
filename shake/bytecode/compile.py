"""Compiles sources for the pass bytecode, in the target's own Python.

Reads a line of JSON for each source, its bytes behind it, and answers each with a
line and the marshalled code. Nothing of a source is run. The first answer tells which
bytecode this is.
"""

import _frozen_importlib_external as external
import json
import marshal
import sys


def answer(said, code=b""):
    out = sys.stdout.buffer
    out.write(json.dumps(dict(said, size=len(code))).encode("ascii") + b"\n" + code)
    out.flush()  # the next source may end this process


def compiled(source, name):
    # As importlib does; level 0, whatever this process runs at.
    return marshal.dumps(compile(source, name, "exec", dont_inherit=True, optimize=0))


def main():
    magic = int.from_bytes(external.MAGIC_NUMBER[:2], "little")
    answer({"tag": sys.implementation.cache_tag, "magic": magic})
    for line in sys.stdin.buffer:
        asked = json.loads(line.decode("ascii"))
        source = sys.stdin.buffer.read(asked["size"])
        try:
            code = compiled(source, asked["name"])
        except Exception as error:  # whatever it is, this source has no bytecode
            answer({"error": f"{type(error).__name__}: {error}"})
        else:
            answer({}, code)


main()
