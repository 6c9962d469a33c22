import boto3


class Holder:
    @property
    def service(self):
        return self._service

    @service.setter
    def service(self, value):
        self._service = value

    def client(self):
        return boto3.client(self.service)  # want service=s3; unresolved ""


Holder().service = "s3"
