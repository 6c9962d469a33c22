

def _coldcut_each(rules):
    # What [_COLDCUT_MAKE(**rule) for rule in rules] gives, with the constructors'
    # work done here: coldcut put this here. What is not plain goes the long way, and
    # so does everything once somebody has put something else into one of the classes.
    from builtins import dict, len, object, type
    from collections import OrderedDict

    if _coldcut_state != _coldcut_classes():
        return [_COLDCUT_MAKE(**rule) for rule in rules]
    new = object.__new__

    def each(rules):
        made = []
        for rule in rules:
            plain = type(rule) is OrderedDict or type(rule) is dict
            kind = rule.get(_COLDCUT_KEY) if plain else None
            if kind is None:
                one = _COLDCUT_MAKE(**rule)
            # _COLDCUT_KINDS
            else:
                one = _COLDCUT_MAKE(**rule)
            made.append(one)
        return made

    return each(rules)


def _coldcut_classes():
    # __slotnames__ is what copy and pickle write down when they meet a class.
    return [(c, c.__mro__, {**c.__dict__, "__slotnames__": None}) for c in (_COLDCUT_CLASSES,)]


_coldcut_state = _coldcut_classes()
