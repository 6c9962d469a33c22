"""A part of the AWS CLI, which makes a command of each service that there is."""

HIDDEN = [
    "sdb",  # want service=sdb certainty=possible
]


def register(events_of_the_cli):
    events_of_the_cli.register("building-command-table.main", hide)
    events_of_the_cli.register("building-command-table.ec2", hide)  # of a service's own


def hide(command_table, session, **kwargs):
    command_table["sms-voice"]._UNDOCUMENTED = True  # want service=sms-voice certainty=possible
    for name in HIDDEN:
        command_table[name]._UNDOCUMENTED = True
