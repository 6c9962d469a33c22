"""Reads the metadata of the distributions in a folder, as pip and importlib.metadata do.

    package.py FOLDER records    the rows of every RECORD that are not true
    package.py FOLDER check      pip check, of this folder alone
"""
import base64
import glob
import hashlib
import json
import os
import runpy
import sys

root, what = sys.argv[1:]
sys.path.insert(0, root)


def records():
    from importlib import metadata

    rows, untrue, names = 0, [], []
    for dist in metadata.distributions(path=[root]):
        names.append(dist.metadata['Name'])
        assert dist.version == metadata.Distribution.from_name(dist.metadata['Name']).version
        for file in dist.files:
            rows += 1
            problem = wrong(file)
            if problem:
                untrue.append('%s: %s %s' % (dist.metadata['Name'], file, problem))
    json.dump({'distributions': sorted(names), 'rows': rows, 'untrue': sorted(untrue)}, sys.stdout)


def wrong(file):
    try:
        with open(file.locate(), 'rb') as f:
            data = f.read()
    except OSError:
        return 'is missing'
    if file.size is not None and file.size != len(data):
        return 'has another size'
    if file.hash:
        digest = hashlib.new(file.hash.mode, data).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b'=').decode() != file.hash.value:
            return 'has another hash'


def check():
    # The pip that Python carries, so that no site-packages stands beside it.
    import ensurepip

    folder = os.path.join(os.path.dirname(ensurepip.__file__), '_bundled')
    sys.path.extend(glob.glob(os.path.join(folder, 'pip-*.whl')))
    sys.argv = ['pip', 'check']
    runpy.run_module('pip', run_name='__main__', alter_sys=True)


{'records': records, 'check': check}[what]()
