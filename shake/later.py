

def _coldcut_later(make, **given):
    # What make(**given) gives, made when something is asked of it: coldcut put this
    # here. It is made at once where what it reads of the environment is set, where
    # somebody put something else in its place, and where making it might fail.
    import os
    import threading

    plain = (type(None), bool, int, float, dict)
    if (
        any(name in os.environ for name in _COLDCUT_READ)
        or type(make) is not type
        or make.__new__ is not object.__new__
        or type(make.__dict__.get("__init__")) is not type(_coldcut_later)
        or not all(type(value) in plain for value in given.values())
    ):
        return make(**given)
    lock = threading.Lock()

    def made(self):
        state = object.__getattribute__(self, "__dict__")
        mine = make(**given) if type(self) is Later else None
        with lock:
            if type(self) is Later:  # no other thread was faster
                state.update(mine.__dict__)
                object.__setattr__(self, "__class__", make)
        return self

    class Later(make):
        __slots__ = ()
        __module__, __qualname__ = make.__module__, make.__qualname__
        __getattribute__ = lambda self, name: getattr(made(self), name)
        __setattr__ = lambda self, name, value: setattr(made(self), name, value)
        __delattr__ = lambda self, name: delattr(made(self), name)

    Later.__name__ = make.__name__
    return object.__new__(Later)
