"""The package's own boto3 and botocore."""

import importlib


def new_session():
    """A botocore session as boto3 makes it, with boto3's additions to clients.

    Returns boto3's own session too, or None.
    """
    import botocore.session

    session = botocore.session.get_session()
    session.get_credentials()  # or the first call would tell in its User-Agent where they are from
    try:
        boto3 = importlib.import_module("boto3.session").Session(botocore_session=session)
    except ImportError:
        return session, None  # a package with botocore alone
    return session, boto3


def remember_classes():
    """Makes the class of a service's client once, not for every region.

    Endpoints are asked of several hundred clients of one service; their classes
    depend on the model alone.
    """
    from botocore.client import ClientCreator

    create = ClientCreator._create_client_class
    classes = {}

    def remembering(self, service_name, service_model):
        key = (self._loader, service_name)
        if key not in classes:
            classes[key] = create(self, service_name, service_model)
        return classes[key]

    ClientCreator._create_client_class = remembering
    _remember_resources(classes)
    return classes


def _remember_resources(classes):
    """As for clients: boto3 makes the class of a resource whenever one is made."""
    try:
        factory = importlib.import_module("boto3.resources.factory").ResourceFactory
    except ImportError:
        return
    load = factory.load_from_definition

    def remembering(self, resource_name, single_resource_json_definition, service_context):
        key = (id(service_context), resource_name)  # which the class holds
        if key not in classes:
            classes[key] = load(
                self, resource_name, single_resource_json_definition, service_context
            )
        return classes[key]

    factory.load_from_definition = remembering


def versions():
    """The versions of boto3 and botocore; None for what is not there."""
    import botocore

    try:
        boto3 = importlib.import_module("boto3").__version__
    except ImportError:
        boto3 = None
    return {"boto3": boto3, "botocore": botocore.__version__}
