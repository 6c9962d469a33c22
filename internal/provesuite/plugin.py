"""Counts the tests of each file, or runs those of some places in their order."""

import collections
import json
import os

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    counts = os.environ.get("COLDCUT_COUNTS")
    if counts:
        files = collections.Counter(item.nodeid.partition("::")[0] for item in items)
        with open(counts, "w") as out:
            json.dump(files, out)
    first, _, last = os.environ.get("COLDCUT_PLACES", ":").partition(":")
    first, last = int(first or 0), int(last) if last else len(items)
    left = items[:first] + items[last:]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = items[first:last]
