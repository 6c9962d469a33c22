"""Parse what standard input lists and tell what ast.parse made of it.

A line names a file or is = and a source in base64. For each one line of JSON: the error, or the places of all calls and a
digest of the places and values of all names, attributes and strings. What
stands in f-strings has wrong places before 3.12 and is only counted there.
"""
import ast
import base64
import hashlib
import json
import sys
import warnings
import zlib

warnings.simplefilter("ignore")
NEW = sys.version_info >= (3, 8)
PLACED = sys.version_info >= (3, 12)
FORMATTED = (ast.JoinedStr, getattr(ast, "TemplateStr", ast.JoinedStr))


def place(node):
    if NEW:
        return [node.lineno, node.col_offset, node.end_lineno, node.end_col_offset]
    node = leftmost(node)
    return [node.lineno, node.col_offset]


def leftmost(node):
    """Undo what CPython did before 3.8 to the place of a chain of operators."""
    if isinstance(node, ast.Call):
        return leftmost(node.func)
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        return leftmost(node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.left, ast.BinOp):
        return leftmost(node.left)
    return node


def detail(node):
    if isinstance(node, ast.Name):
        return "name", node.id.encode()
    if isinstance(node, ast.Attribute):
        return "attribute", node.attr.encode()
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            return "str", node.value.encode("utf-8", "surrogatepass")
        if isinstance(node.value, bytes):
            return "bytes", node.value
    return None


def describe(tree):
    calls, inner, details = [], 0, []
    stack = [(tree, False)]
    while stack:
        node, formatted = stack.pop()
        if isinstance(node, ast.Call):
            if formatted and not PLACED or node.col_offset < 0:
                inner += 1
            else:
                calls.append(place(node))
        elif NEW and not (formatted and (not PLACED or isinstance(node, ast.Constant))):
            found = detail(node)
            if found:
                details.append("%s %d %d %d %d %d" % ((found[0],) + tuple(place(node)) + (zlib.crc32(found[1]),)))
        # A constant is the f-string's own text only where it is its direct child.
        text = isinstance(node, FORMATTED)
        for child in ast.iter_child_nodes(node):
            if PLACED:
                stack.append((child, text))
            else:
                stack.append((child, formatted or text))
    details.sort()
    calls.sort()
    return {"calls": calls, "inner": inner, "digest": hashlib.md5("\n".join(details).encode()).hexdigest()}


for line in sys.stdin:
    if line.startswith("="):
        text = base64.b64decode(line[1:])
    else:
        with open(line.rstrip("\n"), "rb") as source:
            text = source.read()
    try:
        answer = describe(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        answer = {"error": "%s: %s" % (type(error).__name__, error)}
    print(json.dumps(answer), flush=True)
