"""The package's own boto3 and botocore."""

import importlib


def new_session():
    """A botocore session as boto3 makes it, with boto3's additions to clients."""
    return new_sessions()[0]


def new_sessions():
    """The same, and boto3's own session around it; None in a package without boto3."""
    import botocore.session

    session = botocore.session.get_session()
    session.get_credentials()  # or the first call would tell in its User-Agent where they are from
    try:
        boto3 = importlib.import_module("boto3.session").Session(botocore_session=session)
    except ImportError:
        return session, None
    return session, boto3


def versions():
    """The versions of boto3 and botocore; None for what is not there."""
    import botocore

    try:
        boto3 = importlib.import_module("boto3").__version__
    except ImportError:
        boto3 = None
    return {"boto3": boto3, "botocore": botocore.__version__}
