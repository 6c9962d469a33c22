

# A service that was removed is looked for in the runtime's own botocore.
def _coldcut_fall_back(name):
    import functools

    from botocore import exceptions, loaders

    wrapped = getattr(loaders.Loader, name)

    @functools.wraps(wrapped)
    def call(self, service_name, *args, **kwargs):
        try:
            return wrapped(self, service_name, *args, **kwargs)
        except (exceptions.UnknownServiceError, exceptions.DataNotFoundError):
            from botocore import _coldcut

            runtime = _coldcut.runtime(service_name)
            if runtime is None or runtime is self:
                raise
            return getattr(runtime, name)(service_name, *args, **kwargs)

    setattr(loaders.Loader, name, call)


_coldcut_fall_back('list_api_versions')
_coldcut_fall_back('determine_latest_version')
_coldcut_fall_back('load_service_model')
