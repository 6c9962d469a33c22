"""Prints what chalice's analyser finds in each file given."""
import sys

from chalice.analyzer import get_client_calls

for name in sys.argv[1:]:
    with open(name, encoding="utf-8") as source:
        for service, methods in get_client_calls(source.read()).items():
            for method in methods:
                print(f"{service}:{method}")
