"""The cases: what to do with an operation and what the service answers.

They are made on the fat side alone, from its models, and given to both. Chance is
seeded by the case's name, so that a case is the same alone as among all others.
"""

import random

from botocore import xform_name

import answers
import codec
import values

MANY = 400  # arms of unions in one operation, past which the rest is reported

# Endpoints that every client has; what a botocore has no option for is reported.
VARIANTS = {
    "plain": {},
    "fips": {"use_fips_endpoint": True},
    "dual-stack": {"use_dualstack_endpoint": True},
    "fips, dual-stack": {"use_fips_endpoint": True, "use_dualstack_endpoint": True},
}
NOWHERE = "xx-nowhere-1"

# Values for what the rule sets read: each starts another branch of some service's.
RESOURCES = (
    "dots.in.name",
    "Upper_Case",
    "123456789012",
    "-",
    "bucket--use1-az4--x-s3",
    "arn:aws:s3:us-west-2:123456789012:accesspoint/point",
    "arn:aws:s3:us-west-2:123456789012:accesspoint:point",
    "arn:aws:s3::123456789012:accesspoint:point.mrap",
    "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-01234567890123456/accesspoint/point",
    "arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/point",
    "arn:aws:dynamodb:us-west-2:123456789012:table/table",
    "arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/point",
)


class Gap:
    """A case that cannot be made, and why."""

    def __init__(self, case, reason):
        self.case, self.reason = case, reason


class Operation:
    """Makes the cases of one operation."""

    def __init__(self, model, seed, can_paginate):
        self.model = model
        self.service = model.service_model
        self.can_paginate = can_paginate
        self.seed = seed
        self.method = xform_name(model.name)
        self.met = set()
        self.inputs = {}  # by name and style, since chance follows from the name
        self.plain = None

    def all(self):
        for group in (
            self._requests,
            self._invalid,
            self._arms,
            self._resources,
            self._results,
            self._errors,
            self._malformed,
            self._around,
            self._unmet,
        ):
            try:
                yield from group()
            except Exception as error:  # a model that the makers do not know
                name = group.__name__.strip("_")
                yield Gap(name, f"cases cannot be made: {type(error).__name__}: {error}")

    def _case(self, name, params, answer=None, sends=False, **more):
        case = {
            "service": self.service.service_name,
            "operation": self.model.name,
            "case": name,
            "do": "call",
            "method": self.method,
            "params": codec.encode(params),
            "answers": answer if isinstance(answer, list) else [answer or self._plain()],
        }
        case.update(more, sends=sends)
        return case

    def _rng(self, name):
        return random.Random(f"{self.seed}/{self.service.service_name}/{self.model.name}/{name}")

    def _maker(self, *args, **more):
        return values.Maker(*args, service=self.service.signing_name, **more)

    def _input(self, name, style, arms=None):
        if self.model.input_shape is None:
            return {}
        if arms is None:
            if (name, style) not in self.inputs:
                self.inputs[name, style] = self._made_input(name, style, None)
            return self.inputs[name, style]
        return self._made_input(name, style, arms)

    def _made_input(self, name, style, arms):
        maker = self._maker(self._rng(name), style, arms, fixed=self._checksum())
        value = maker.make(self.model.input_shape)
        self.met |= maker.met
        return {k: v for k, v in value.items() if not self._is_event_stream(k)}

    def _checksum(self):
        """The first algorithm: not every package has code for all, a case of its own tries each."""
        member, algorithms = self._algorithms()
        return {member: algorithms[0]} if algorithms else {}

    def _algorithms(self):
        about = getattr(self.model, "http_checksum", None) or {}
        member, shape = about.get("requestAlgorithmMember"), self.model.input_shape
        if member is None or shape is None or member not in shape.members:
            return member, []
        return member, list(shape.members[member].enum)

    def _is_event_stream(self, member):
        return self.model.input_shape.members[member].serialization.get("eventstream")

    def _output(self, name, style, arms=None, hint=None, event=None):
        shape = self.model.output_shape
        if shape is None:
            return {}
        maker = self._maker(self._rng(name), style, arms, hint)
        value = maker.make(shape)
        for key, member in shape.members.items():
            if member.serialization.get("eventstream"):
                value[key] = [
                    (k, maker.make(m)) for k, m in member.members.items() if k == event or not event
                ]
                # The first exception ends the stream; each has a case of its own.
                value[key].sort(key=lambda pair: _is_exception(member.members[pair[0]]))
        self.met |= maker.met
        return value

    def _plain(self):
        """The shortest result: what is asked for, so that requests can be compared."""
        if self.plain is None:
            value = self._unchecked(self._output("plain", values.REQUIRED))
            self.plain = answers.result(self.model, value)
        return self.plain

    def _unchecked(self, value):
        """Without the checksums that botocore would hold the body to."""
        shape = self.model.output_shape
        return {
            k: v
            for k, v in value.items()
            if not shape.members[k]
            .serialization.get("name", k)
            .lower()
            .startswith("x-amz-checksum-")
        }

    def _requests(self):
        for style in (values.REQUIRED, values.EVERYTHING, values.EMPTY, values.EDGE):
            name = "request/" + style
            yield self._case(name, self._input(name, style), sends=style != values.EMPTY)
        shape = self.model.input_shape
        for member in shape.members if shape is not None else ():
            if member in shape.required_members:
                continue
            name = f"request/member/{member}"
            if self._is_event_stream(member):
                yield Gap(name, "botocore has no event streams in requests")
                continue
            params = self._input(name, values.REQUIRED)
            maker = self._maker(self._rng(name + "/it"), values.EVERYTHING)
            part = maker.make(shape.members[member], member)
            yield self._case(
                name, {**params, member: self._checksum().get(member, part)}, sends=True
            )
        member, algorithms = self._algorithms()
        for algorithm in algorithms:
            name = f"request/checksum/{algorithm}"
            yield self._case(
                name, {**self._input(name, values.REQUIRED), member: algorithm}, sends=True
            )

    def _invalid(self):
        shape = self.model.input_shape
        yield self._case("request/invalid/nothing", {})
        if shape is None:
            return
        full = self._input("request/invalid", values.EVERYTHING)
        for spoil in (values.with_unknown, values.with_wrong_types, values.below_least):
            yield self._case(
                "request/invalid/" + spoil.__name__, values.spoiled(shape, full, spoil)
            )
        hollow = {
            name: values.spoiled(shape.members[name], part, values.hollow)
            for name, part in full.items()
        }
        yield self._case("request/invalid/hollow", hollow)

    def _arms(self):
        for kind, shape in (
            ("request", self.model.input_shape),
            ("response", self.model.output_shape),
        ):
            for i, (label, path) in enumerate(values.arms(shape) if shape is not None else ()):
                name = f"{kind}/arm/{label}"
                if i >= MANY:
                    yield Gap(name, f"past the first {MANY} arms of the operation's unions")
                elif kind == "request":
                    yield self._case(name, self._input(name, values.EVERYTHING, path), sends=True)
                else:
                    value = self._unchecked(self._output(name, values.EVERYTHING, path))
                    yield self._answered(name, answers.result(self.model, value), returns=True)

    def _resources(self):
        """What decides of the endpoint: a bucket's name, an ARN."""
        shape = self.model.input_shape
        for member in shape.members if shape is not None else ():
            if not shape.members[member].metadata.get("contextParam"):
                continue
            if shape.members[member].type_name != "string":
                continue
            for i, resource in enumerate(RESOURCES):
                name = f"request/resource/{member}/{i}"
                params = {**self._input("request/resource", values.REQUIRED), member: resource}
                yield self._case(name, params)

    def _unmet(self):
        """What no case has a value for, however the members nest."""
        for kind, shape in (
            ("request", self.model.input_shape),
            ("response", self.model.output_shape),
        ):
            every = values.members(shape) if shape is not None else ()
            unmet = [f"{s}.{m}" for s, m in every if (s, m) not in self.met]
            if unmet:
                yield Gap(f"{kind}/members", "in no case: " + ", ".join(unmet))

    def _answered(self, name, answer, **more):
        params = self._input("answered", values.REQUIRED)
        return self._case(name, params, answer, sends=True, **more)

    def _results(self):
        for style in (values.EVERYTHING, values.SINGLE, values.EMPTY, values.EDGE):
            name = "response/" + style
            value = self._output(name, style)
            if style == values.EVERYTHING and self._unchecked(value) != value:
                yield self._answered("response/checksums", answers.result(self.model, value))
            answer = answers.result(self.model, self._unchecked(value))
            yield self._answered(name, answer, returns=style == values.EVERYTHING)
        for event in self._exceptions():
            name = "response/event/" + event
            value = self._output(name, values.EVERYTHING, event=event)
            yield self._answered(name, answers.result(self.model, self._unchecked(value)))

    def _exceptions(self):
        """The exceptions that a result's event stream can end in."""
        shape = self.model.output_shape
        for member in shape.members.values() if shape is not None else ():
            if member.serialization.get("eventstream"):
                yield from (n for n, m in member.members.items() if _is_exception(m))

    def _errors(self):
        modelled = set()
        for shape in self.model.error_shapes:
            rng = self._rng("error/" + shape.name)
            value = self._maker(rng, values.EVERYTHING).make(shape)
            about = shape.metadata.get("error") or {}
            code = about.get("code", shape.name)
            modelled.add(shape.name)
            status = about.get("httpStatusCode", 400)
            answer = answers.error(self.service, code, shape, value, status)
            yield self._answered("response/error/" + shape.name, answer)
        for code, status in (
            ("NoSuchError", 400),
            ("Throttling", 400),
            ("ProvisionedThroughputExceededException", 400),
            ("RequestTimeout", 400),
            ("InternalError", 500),
            ("ServiceUnavailable", 503),
        ):
            if code in modelled:
                continue
            answer = answers.error(self.service, code, None, {}, status)
            yield self._answered("response/error/" + code, answer)

    def _malformed(self):
        whole = answers.result(self.model, self._output("malformed", values.EVERYTHING))
        data = answers.base64.b64decode(whole["body"])
        for name, status, body in (
            ("nothing", 200, b""),
            ("half", 200, data[: len(data) // 2]),
            ("noise", 200, b"\x00\xff no form at all"),
            ("html", 503, b"<html><body>no</body></html>"),
            ("error without a body", 400, b""),
            ("another form", 400, b'["a", 1]'),
        ):
            yield self._answered("response/malformed/" + name, answers.raw(status, body))

    def _around(self):
        params = self._input("presign", values.REQUIRED)
        yield self._case("presign", params, do="presign")
        if not self.can_paginate:
            return
        pages = [
            answers.result(self.model, self._output(f"page/{i}", values.EVERYTHING))
            for i in range(3)
        ]
        pages.append(answers.result(self.model, self._output("page", values.EMPTY)))
        yield self._case("paginate/pages", params, pages, do="paginate", sends=True)
        yield self._case("paginate/result", params, pages, do="collect", sends=True)


def _is_exception(shape):
    return bool(shape.metadata.get("exception"))


class Service:
    """Makes the cases that no single operation owns."""

    def __init__(self, session, client, models, gone, seed):
        self.session = session
        self.client = client
        self.seed = seed
        self.models = models  # of the operations that were kept
        self.gone = gone  # the names of the others
        self.name = client.meta.service_model.service_name

    def all(self, errors, waiters):
        kept = [xform_name(m.name) for m in self.models]
        yield {
            "service": self.name,
            "operation": "",
            "case": "client",
            "do": "client",
            "gone": [xform_name(n) for n in self.gone],
            "methods": kept,
            "errors": errors,
            "waiters": waiters,
        }
        yield {"service": self.name, "operation": "", "case": "regions", "do": "regions"}
        if hasattr(self.client, "generate_presigned_post"):
            yield self._post()
        for name in self.gone:
            method = xform_name(name)
            case = {"service": self.name, "operation": name, "case": "gone", "do": "gone"}
            yield dict(case, method=method)
        yield from self._endpoints()
        yield from self._configured()

    def _post(self):
        """A post is sent to where botocore/signers.py would send this operation."""
        if "CreateBucket" not in [m.name for m in self.models]:
            return Gap("post", "it is signed for CreateBucket, which is not kept")
        return {"service": self.name, "operation": "", "case": "post", "do": "post"}

    def _first(self):
        """The operation that needs least, and what it needs."""

        def weight(model):
            shape = model.input_shape
            return (len(shape.required_members) if shape is not None else 0, model.name)

        return Operation(min(self.models, key=weight), self.seed, False)

    def _call(self, case, **more):
        first = self._first()
        params = first._input("endpoint", values.REQUIRED)
        return dict(first._case(case, params), **more)

    def _endpoints(self):
        regions = {NOWHERE}
        for partition in self.session.get_available_partitions():
            regions.update(self.session.get_available_regions("ec2", partition, True))
            regions.update(self.session.get_available_regions(self.name, partition, True))
        for variant, config in VARIANTS.items():
            reason = unsupported(config)
            if reason:
                yield Gap(f"endpoint/{variant}", reason)
                continue
            for region in sorted(regions):
                yield self._call(f"endpoint/{variant}/{region}", region=region, config=config)

    def _configured(self):
        for name, config in (
            ("custom", {"endpoint_url": "https://example.test:8443/base"}),
            ("path style", {"s3": {"addressing_style": "path"}}),
            ("accelerate", {"s3": {"use_accelerate_endpoint": True}}),
            ("regional", {"s3": {"us_east_1_regional_endpoint": "regional"}}),
            ("legacy retries", {"retries": {"mode": "legacy", "max_attempts": 3}}),
            ("standard retries", {"retries": {"mode": "standard", "max_attempts": 3}}),
            ("account id", {"account_id_endpoint_mode": "required"}),
        ):
            reason = unsupported({k: v for k, v in config.items() if k != "endpoint_url"})
            if reason:
                yield Gap("configured/" + name, reason)
                continue
            case = self._call("configured/" + name, config=config)
            if "retries" in config:
                service = self.client.meta.service_model
                case["answers"] = [answers.error(service, "Throttling", None, {}, 400)]
            yield case


def waiter_cases(name, waiter, operation):
    """A waiter led to each of its ends, and to none."""
    for i, acceptor in enumerate(waiter.acceptors):
        expected, matcher = acceptor.expected, acceptor.matcher
        if matcher == "status":
            answer = answers.raw(expected, b"")
        elif matcher == "error" and isinstance(expected, str):
            answer = answers.error(operation.service, expected, None, {}, 400)
        else:
            value = operation._output(name, values.EVERYTHING, hint=expected)
            answer = answers.result(operation.model, operation._unchecked(value))
        yield operation._answered(f"wait/{name}/{i}", answer, do="wait", waiter=xform_name(name))
    yield operation._answered(
        f"wait/{name}/never", operation._plain(), do="wait", waiter=xform_name(name)
    )


def unsupported(config):
    """Why this botocore cannot be configured so, or nothing."""
    from botocore.config import Config

    try:
        Config(**config)
    except Exception as error:
        return f"this botocore refuses the configuration: {error}"
    return ""
