"""A plugin for pytest that puts moto in the place of AWS for a whole run, for
tests that were written against an account."""

from moto import mock_aws

mock_aws().start()
