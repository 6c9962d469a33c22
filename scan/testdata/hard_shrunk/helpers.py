"""An installed package that does not know boto."""


class Meta(type):
    def __call__(cls, *args):
        made = cls.__new__(cls)
        made.service = args[0]
        return made


class Made(metaclass=Meta):
    service = "sns"


class Keeper:
    def __init__(self, items):
        self.items = items

    def keep(self, item):
        self.items.append(item)


class Plain:
    service = "sns"


def maker_of(session):
    return session.client  # want unresolved "handed on as a value"


def configure(target, **settings):
    for name, value in settings.items():
        setattr(target, name, value)


def write(target, value):
    vars(target)["service"] = value


def shared():
    return SHARED


SHARED = ["sns"]
other = shared()
other.append("ecr")
