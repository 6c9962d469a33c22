"""Run on a package, fat or slim: PYTHONPATH=PACKAGE python -m unittest discover DIR."""

import os
import unittest
from unittest import mock

import app


class HandlerTest(unittest.TestCase):
    def test_returns_its_trace_id(self) -> None:
        header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
        with mock.patch.dict(os.environ, {"_X_AMZN_TRACE_ID": header}):
            self.assertEqual(
                app.handler({}, None), {"trace": "1-5759e988-bd862e3fe1be46a994272793"}
            )

    def test_has_no_trace_id_outside_of_lambda(self) -> None:
        with mock.patch.dict(os.environ):
            os.environ.pop("_X_AMZN_TRACE_ID", None)
            self.assertEqual(app.handler({}, None), {"trace": ""})


if __name__ == "__main__":
    unittest.main()
