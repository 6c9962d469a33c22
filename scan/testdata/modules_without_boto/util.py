def build(session):
    make = session.client
    return make("s3")  # want service=s3


def by_name(session):
    return getattr(session, "client")("sqs")  # want service=sqs certainty=possible
