"""A function whose package coldcut cuts when CDK bundles it."""

import subprocess
import sys
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_
from constructs import Construct


@jsii.implements(cdk.ILocalBundling)
class Slim:
    """Builds the package on this machine, without Docker, and cuts it."""

    def try_bundle(self, output_dir: str, *_: Any, **__: Any) -> bool:
        """Fill the folder that becomes the asset."""
        pip = [sys.executable, "-m", "pip", "install", "-q", "-r", "src/requirements.txt"]
        slim = ["--in-place", "--credentials", "environment", "--entry", "app.handler"]
        slim += ["--python", "3.13", "--lock=coldcut.lock"]
        subprocess.run([*pip, "-t", output_dir], check=True)
        subprocess.run(["cp", "src/app.py", output_dir], check=True)
        subprocess.run(["coldcut", "slim", output_dir, *slim], check=True, stdout=sys.stderr)
        return True


class Orders(cdk.Stack):
    """The stack."""

    def __init__(self, scope: Construct, name: str) -> None:
        """Make the function."""
        super().__init__(scope, name)
        runtime = lambda_.Runtime.PYTHON_3_13
        bundling = cdk.BundlingOptions(image=runtime.bundling_image, local=Slim())
        lambda_.Function(
            self,
            "Function",
            runtime=runtime,
            handler="app.handler",
            code=lambda_.Code.from_asset("src", bundling=bundling),
        )


app = cdk.App()
Orders(app, "Orders")
app.synth()
