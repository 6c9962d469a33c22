

# Added by coldcut: errors that are due to what it removed from this package say so.
# botocore/_coldcut.py knows what that is; it is not read before there is such an error.
def _coldcut_explain(error, name, owner, asked):
    try:
        if not any(str(value).startswith('_') for value in asked):
            from botocore import _coldcut

            _coldcut.explain(error, name, owner, asked)
    except Exception:
        pass  # the error itself matters more


def _coldcut_wrap(cls, name, expected=()):
    import functools

    wrapped = getattr(cls, name)

    @functools.wraps(wrapped)
    def call(self, *args, **kwargs):
        try:
            result = wrapped(self, *args, **kwargs)
        except expected as error:
            _coldcut_explain(error, name, self, args + tuple(kwargs.values()))
            raise
        if not expected:  # an error was made
            _coldcut_explain(self, name, None, ())
        return result

    setattr(cls, name, call)


def _coldcut_class(cls, **kwargs):
    if cls is not BaseClient:  # the client of some service, or aiobotocore's base
        super(BaseClient, cls).__init_subclass__(**kwargs)
    for name, expected in (
        ('__getattr__', AttributeError),
        ('can_paginate', KeyError),
        ('get_waiter', ValueError),
    ):
        if name in vars(cls):
            _coldcut_wrap(cls, name, expected)


def _coldcut_start():
    from botocore import exceptions, model

    _coldcut_class(BaseClient)
    BaseClient.__init_subclass__ = classmethod(_coldcut_class)
    _coldcut_wrap(
        model.ServiceModel, 'operation_model', model.OperationNotFoundError
    )
    _coldcut_wrap(exceptions.UnknownServiceError, '__init__')
    _coldcut_wrap(exceptions.UnknownClientMethodError, '__init__')


_coldcut_start()
# End of what coldcut added.
