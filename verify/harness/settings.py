"""Cases for what a client is configured with: retries, accounts, and endpoints combined.

Every region has a case with FIPS and dual-stack in cases.py. Here, for the services
whose rules read more, each pair of values that the rules can read meets in a case.
"""

import copy
import inspect
import itertools
import json

import answers
import cases
import codec
import values

ACCOUNT = "123456789012"
MODES = ("preferred", "disabled", "required")

# What an application sets for what a rule set calls built in.
# https://smithy.io/2.0/aws/aws-endpoints-region.html and botocore/args.py
STYLES = {
    "AWS::S3::ForcePathStyle": (
        ("path", {"s3": {"addressing_style": "path"}}),
        ("virtual", {"s3": {"addressing_style": "virtual"}}),
    ),
    "AWS::S3::Accelerate": (("accelerate", {"s3": {"use_accelerate_endpoint": True}}),),
    "AWS::S3::UseGlobalEndpoint": (
        ("regional", {"s3": {"us_east_1_regional_endpoint": "regional"}}),
        ("legacy", {"s3": {"us_east_1_regional_endpoint": "legacy"}}),
    ),
    "AWS::S3::UseArnRegion": (("own region", {"s3": {"use_arn_region": False}}),),
    "AWS::S3Control::UseArnRegion": (("own region", {"s3": {"use_arn_region": False}}),),
    "AWS::S3::DisableMultiRegionAccessPoints": (
        ("one region", {"s3": {"s3_disable_multiregion_access_points": True}}),
    ),
    "AWS::Auth::AccountIdEndpointMode": tuple(
        (mode, {"account_id_endpoint_mode": mode}) for mode in MODES
    ),
    "SDK::Endpoint": (("custom", {"endpoint_url": "https://example.test:8443/base"}),),
}
OTHERS = (  # beside those of cases.py: ARNs of the service's own
    "arn:aws:{}:us-west-2:123456789012:thing/name",
    "arn:aws:{}:eu-west-1:210987654321:thing/name",
    "arn:aws-us-gov:{}:us-gov-west-1:123456789012:thing:name",
)
PLAIN = ("-", {})
TABLE = "arn:aws:{}:us-west-2:123456789012:table/table"
SMALLEST = {"request_min_compression_size_bytes": 1}
WHEN_REQUIRED = {
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}


def of_service(service):
    yield from _retries(service)
    yield from _accounts(service)
    yield from _imagined(service)
    yield from _combined(service)


def of_operation(operation):
    """What an operation's traits make of the configuration."""
    model, rng = operation.model, operation._rng("request/resources")
    for trait, name, config in (
        ("request_compression", "request/compressed", SMALLEST),
        ("http_checksum", "request/checksum/when_required", WHEN_REQUIRED),
    ):
        if not getattr(model, trait, None):
            continue
        reason = cases.unsupported(config)
        params = operation._input(name, values.REQUIRED)
        case = operation._case(name, params, sends=True, config=config)
        yield cases.Gap(name, reason) if reason else case
    if model._operation_model.get("operationContextParams"):
        arn = TABLE.format(operation.service.signing_name)
        params = operation._maker(rng, values.EVERYTHING, None, arn).make(model.input_shape)
        yield operation._case("request/resources", params, region="us-west-2")


def _imagined(service):
    """A region of each partition that is not in its list: only its regex knows it."""
    for partition in service.session.get_available_partitions():
        for region in _known(service, partition)[:1]:
            region = region.rstrip("0123456789") + "99"
            for variant in ("plain", "fips, dual-stack"):
                config = cases.VARIANTS[variant]
                if not cases.unsupported(config):
                    case = service._call(f"endpoint/{variant}/{region}", region=region)
                    yield dict(case, config=config)


def _retries(service):
    """Calls that follow one another: the adaptive mode learns from throttling."""
    first = service._first()
    throttled = answers.error(first.service, "Throttling", None, {}, 400)
    learning = [first._plain(), throttled, first._plain(), throttled, throttled, throttled]
    for name, retries, said, times in (
        ("adaptive retries", {"mode": "adaptive", "max_attempts": 3}, learning, 5),
        ("legacy retries/default", {"mode": "legacy"}, [throttled], 1),
    ):
        name, config = "configured/" + name, {"retries": retries}
        reason = cases.unsupported(config)
        if reason:
            yield cases.Gap(name, reason)
            continue
        case = first._case(name, first._input("endpoint", values.REQUIRED), said)
        yield dict(case, do="calls", times=times, config=config)


def calls(watcher, client, case, parameters):
    """The same call several times, whatever becomes of each."""
    outcomes = []
    for _ in range(case["times"]):
        try:
            given = copy.deepcopy(parameters)
            outcomes.append(codec.encode(getattr(client, case["method"])(**given)))
        except Exception as error:
            outcomes.append(watcher.failure(client, error))
    return outcomes


def _accounts(service):
    """Credentials with and without an account id, in each mode."""
    known = _takes_account(service)
    for mode, account in itertools.product(MODES, ("", ACCOUNT)):
        config = {"account_id_endpoint_mode": mode}
        name = f"configured/account id/{mode}/{account or 'none'}"
        reason = cases.unsupported(config)
        if account and not known:
            reason = "this botocore takes no account id with credentials"
        if reason:
            yield cases.Gap(name, reason)
        else:
            yield dict(service._call(name, config=config), operation="", account=account)


def _known(service, partition):
    """The regions of a partition, as far as the package has endpoints for them."""
    regions = service.session.get_available_regions
    return regions("ec2", partition) or regions(service.name, partition)


def _combined(service):
    rules = _rules(service)
    if rules is None:
        yield cases.Gap("combined", "this botocore has no rules for the service's endpoints")
        return
    settings = list(_settings(service, rules["parameters"]))
    differing = _differing(service.models, json.dumps(rules["rules"]))
    if not settings and not any(members for _, members in differing):
        return  # what the rules read, every region has been combined with
    settings.append([PLAIN, *STYLES["SDK::Endpoint"]])
    clients = pairs([_regions(service), list(cases.VARIANTS.items()), *settings])
    clients.sort(key=repr)  # so that calls of one client follow each other
    for i, (model, members) in enumerate(differing):
        op = cases.Operation(model, service.seed, False)
        for member in members or [None]:
            # Rules know of regions whatever the operation is: meeting them once will do.
            met = {"": i == 0}
            for row in clients:
                yield from _calls_of(op, row, member, met)


def _calls_of(op, row, member, met):
    """A client's calls: those that bring values together that have not met."""
    region, variant, *rest = row
    config, names = copy.deepcopy(variant[1]), [region, variant[0]]
    for name, fragment in rest:
        names.append(name)
        for key, value in fragment.items():
            config[key] = {**config.get(key, {}), **value} if isinstance(value, dict) else value
    more = {"region": region, "config": config}
    if "account" in config:
        more["account"] = config.pop("account")
    label = "combined/" + "/".join(names[:2] + [n for n in names[2:] if n != "-"])
    params = op._input("combined", values.REQUIRED)
    if member is None:
        yield dict(op._case(label, params), **more)
        return
    for i, resource in enumerate(_resources(op.service.signing_name)):
        fresh = {(i, place, name) for place, name in enumerate(names) if place or met[""]}
        if not fresh <= met.keys():
            met.update(dict.fromkeys(fresh))
            yield dict(op._case(f"{label}/{member}/{i}", {**params, member: resource}), **more)


def _resources(service):
    """Names, and ARNs of the service's own."""
    names = [r for r in cases.RESOURCES if not r.startswith("arn:") or f":{service}" in r]
    if not any(r.startswith("arn:") for r in names):
        names += [o.format(service) for o in OTHERS]
    return names


def _rules(service):
    """The service's endpoint rules, or None if this botocore has none."""
    loader = service.session.get_component("data_loader")
    try:
        return loader.load_service_model(service.name, "endpoint-rule-set-1")
    except Exception:
        return None


def _settings(service, parameters):
    """The dimensions beside region, FIPS and dual-stack: each a list of settings."""
    reads = {p.get("builtIn") for p in parameters.values()}
    for built_in, styles in STYLES.items():
        if built_in in reads and built_in != "SDK::Endpoint":
            yield [PLAIN, *(s for s in styles if not cases.unsupported(s[1]))]
    # botocore/args.py takes those of S3 from its own settings.
    place = "s3" if service.name in ("s3", "s3control") else "client_context_params"
    for parameter in getattr(service.client.meta.service_model, "client_context_parameters", ()):
        name = cases.xform_name(parameter.name)
        fragment = {place: {name: True if parameter.type == "boolean" else "text"}}
        built_in = parameters.get(parameter.name, {}).get("builtIn")
        if not built_in and not cases.unsupported(fragment):
            yield [PLAIN, (name, fragment)]
    if "AWS::Auth::AccountId" in reads and _takes_account(service):
        yield [PLAIN, ("account", {"account": ACCOUNT})]


def _takes_account(service):
    return "aws_account_id" in inspect.signature(service.session.create_client).parameters


def _regions(service):
    """One of each partition, two that ARNs and rules name, each kind of pseudo-region."""
    session, found = service.session, [cases.NOWHERE, "us-east-1", "us-west-2"]
    for partition in session.get_available_partitions():
        regions = _known(service, partition)
        found += regions[:1]
        kinds = set()
        for name in session.get_available_regions(service.name, partition, True):
            kind = name
            for region in regions:
                kind = kind.replace(region, "*")
            if kind not in {"*", *kinds}:
                kinds.add(kind)
                found.append(name)
    return sorted(set(found))


def _members(model, rules):
    """The members whose text the rules read."""
    shape = model.input_shape
    for name, member in shape.members.items() if shape is not None else ():
        read = (member.metadata.get("contextParam") or {}).get("name")
        if read and member.type_name == "string" and f'{{"ref": "{read}"}}' in rules:
            yield name


def _differing(models, rules):
    """One operation for each set of parameters that rules are given, with its members."""
    found = {}
    for model in models:
        members, about = list(_members(model, rules)), model._operation_model
        given = [members, about.get("staticContextParams"), about.get("operationContextParams")]
        found.setdefault(repr(given), (model, members))
    return list(found.values())


def pairs(dimensions):
    """Rows of values in which each two values of different dimensions meet."""
    places = range(len(dimensions))
    missing = {
        ((i, a), (j, b))
        for i, j in itertools.combinations(places, 2)
        for a in range(len(dimensions[i]))
        for b in range(len(dimensions[j]))
    }
    rows = []
    while missing:
        row = dict(min(missing))
        for place in places:
            if place not in row:
                row[place] = max(
                    range(len(dimensions[place])),
                    key=lambda n, row=row, place=place: (_meets(row, place, n, missing), -n),
                )
        missing -= set(itertools.combinations(sorted(row.items()), 2))
        rows.append([dimensions[i][row[i]] for i in places])
    return rows


def _meets(row, place, n, missing):
    """How many missing pairs a value would bring."""
    return sum(tuple(sorted([(place, n), other])) in missing for other in row.items())


DO = {"calls": calls}
