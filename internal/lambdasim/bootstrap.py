"""The runtime of the local Lambda: finds the handler and speaks the Runtime API.

What is imported here before the function's own code is no more than AWS's runtime
interface client (awslambdaric) imports by then. Whatever else there was, the function
would get for nothing: with ssl, http.client and hashlib loaded boto3 looks 15 % faster
than it is. So there is no http.client here, and not even a socket until the first /next.
"""

import decimal
import importlib
import io
import json
import logging
import os
import site
import sys
import time
import traceback

API = "/2018-06-01/runtime/"


class Fault(Exception):
    """An error that Lambda names itself."""

    def __init__(self, kind, message, trace=None):
        super().__init__(message)
        self.kind, self.message, self.trace = kind, message, trace or []


class Connection:
    """HTTP to the Runtime API over one connection, with nothing but _socket."""

    def __init__(self, address):
        self.address, self.sock, self.rest = address, None, b""

    def request(self, method, path, body=b"", headers=()):
        if self.sock is None:
            import _socket

            host, port = self.address.rsplit(":", 1)
            self.sock = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
            self.sock.settimeout(None)  # whatever default the function set
            self.sock.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
            self.sock.connect((host, int(port)))
        lines = ["%s %s HTTP/1.1" % (method, API + path), "Host: " + self.address]
        lines += ["Content-Length: %d" % len(body), *headers, "", ""]
        self.sock.sendall("\r\n".join(lines).encode("latin-1") + body)
        return self.read_response()

    def read_response(self):
        while b"\r\n\r\n" not in self.rest:
            self.receive()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            headers[name.strip().lower()] = value.strip()
        size = int(headers.get("content-length", "0"))
        while len(self.rest) < size:
            self.receive()
        body, self.rest = self.rest[:size], self.rest[size:]
        return int(lines[0].split(" ")[1]), headers, body

    def receive(self):
        data = self.sock.recv(1 << 16)
        if not data:
            sys.exit("the Runtime API is gone")
        self.rest += data


class Unbuffered:
    """A stream that writes at once, so that nothing is lost with the process."""

    def __init__(self, stream):
        self.stream = stream

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def write(self, text):
        self.stream.write(text)
        self.stream.flush()

    def writelines(self, lines):
        self.stream.writelines(lines)
        self.stream.flush()


def utf8(stream):
    """Python 3.6 writes ASCII where a system lacks Lambda's locale."""
    if sys.version_info >= (3, 7):
        return stream
    return io.TextIOWrapper(stream.detach(), "utf-8", line_buffering=True)


class Handler(logging.Handler):
    def emit(self, record):
        sys.stdout.write(self.format(record))


class RequestFilter(logging.Filter):
    request_id = ""

    def filter(self, record):
        record.aws_request_id = RequestFilter.request_id
        return True


class JSONFormatter(logging.Formatter):
    def format(self, record):
        entry = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": record.aws_request_id,
        }
        if record.exc_info:
            entry["stackTrace"] = traceback.format_tb(record.exc_info[2])
            entry["errorType"] = record.exc_info[0].__name__
            entry["errorMessage"] = str(record.exc_info[1])
        return json.dumps(entry, ensure_ascii=False, default=str) + "\n"


def set_up_logging():
    logging.Formatter.converter = time.gmtime
    handler = Handler()
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON":
        handler.setFormatter(JSONFormatter())
    else:
        form = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
        handler.setFormatter(logging.Formatter(form, "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(RequestFilter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL")
    if level:
        root.setLevel("DEBUG" if level == "TRACE" else level)


class Object:
    """What a context holds of JSON: its members, None where they are missing."""

    def __init__(self, fields, values):
        for field in fields:
            setattr(self, field, values.get(field))


CLIENT = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


class Context:
    def __init__(self, headers):
        env = os.environ
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers["lambda-runtime-invoked-function-arn"]
        self.function_name = env["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = env["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = env["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = env["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = Object(("cognito_identity_id", "cognito_identity_pool_id"), {})
        self.client_context = None
        self.tenant_id = None
        sent = headers.get("lambda-runtime-client-context")
        if sent:
            values = json.loads(sent)
            self.client_context = Object(("custom", "env"), values)
            self.client_context.client = Object(CLIENT, values.get("client") or {})
        self._deadline = int(headers["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self):
        return max(self._deadline - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))


def to_json(value):
    """JSON as Lambda writes it: decimals are numbers, with all their digits."""
    numbers = {}

    def other(item):
        if not isinstance(item, decimal.Decimal):
            raise TypeError("Object of type %s is not JSON serializable" % type(item).__name__)
        if item.is_nan():
            return float("nan")
        token = "coldcut decimal %d %d" % (id(numbers), len(numbers))
        numbers[token] = str(item)
        return token

    plain = os.environ["AWS_EXECUTION_ENV"].rsplit(".", 1)[-1]
    text = json.dumps(value, default=other, ensure_ascii=int(plain) < 12)
    for token, number in numbers.items():
        text = text.replace('"%s"' % token, number)
    return text


def search_path():
    """Puts code before layers before all else, as Lambda does, .pth files included.

    Who sets PYTHONPATH gets the code and what it names. Nothing that happens to be
    installed beside this interpreter is found: Lambda has not got it.
    """
    task, opt = os.environ["LAMBDA_TASK_ROOT"], os.environ.pop("COLDCUT_OPT") + "/python"
    places = [task]
    if not os.environ.get("PYTHONPATH"):
        version = "python%d.%d" % sys.version_info[:2]
        places += [opt + "/lib/" + version + "/site-packages", opt]
        os.environ["PYTHONPATH"] = os.environ["LAMBDA_RUNTIME_DIR"]
    here = sys.path.pop(0)  # of this script
    site.PREFIXES[:] = []
    site.ENABLE_USER_SITE, site.USER_BASE, site.USER_SITE = False, "", ""
    site.main()
    site.USER_BASE = site.USER_SITE = None
    sys.path[:0] = places + [here]
    for place in places:
        site.addsitedir(place)


def find_handler(name):
    module, dot, function = name.rpartition(".")
    if not dot:
        text = "not enough values to unpack (expected 2, got 1)"
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (name, text))
    if module.split(".")[0] in sys.builtin_module_names:
        text = "Cannot use built-in module %s as a handler module" % module
        raise Fault("Runtime.BuiltInModuleConflict", text)
    try:
        loaded = importlib.import_module(module.replace("/", "."))
    except ImportError as e:
        text = "Unable to import module '%s': %s" % (module, e)
        raise Fault("Runtime.ImportModuleError", text) from None
    except SyntaxError as e:
        text = "Syntax error in module '%s': %s" % (module, e)
        trace = ['  File "%s" Line %s\n    %s' % (e.filename, e.lineno, e.text)]
        raise Fault("Runtime.UserCodeSyntaxError", text, trace) from None
    try:
        return getattr(loaded, function)
    except AttributeError:
        text = "Handler '%s' missing on module '%s'" % (function, module)
        raise Fault("Runtime.HandlerNotFound", text) from None


def describe(request_id=""):
    """The error that is being handled, as clients get it."""
    kind, value, tb = sys.exc_info()
    if isinstance(value, Fault):
        name, message, trace = value.kind, value.message, value.trace
    else:
        frames = traceback.extract_tb(tb)
        while frames and frames[0][0] == __file__:
            frames = frames[1:]
        name, message, trace = kind.__name__, str(value), traceback.format_list(frames)
    return {"errorMessage": message, "errorType": name, "requestId": request_id, "stackTrace": trace}


def log_error(error):
    lines = ["[ERROR] %s: %s" % (error["errorType"], error["errorMessage"])]
    lines.append("Traceback (most recent call last):")
    for entry in error["stackTrace"]:
        for line in entry.splitlines():
            text = line.lstrip(" ")  # as no-break spaces, which log viewers keep
            lines.append("\u00a0" * (len(line) - len(text)) + text)
    sys.stdout.write("\n".join(lines) + "\n")


def post_error(api, path, error):
    kind = "Lambda-Runtime-Function-Error-Type: " + error["errorType"]
    api.request("POST", path, to_json(error).encode(), ["Content-Type: application/json", kind])


def serve(api, handler):
    status, headers, body = api.request("GET", "invocation/next")
    if status != 200:
        sys.exit("the Runtime API answers /next with %d" % status)
    request_id = headers["lambda-runtime-aws-request-id"]
    RequestFilter.request_id = request_id
    os.environ["_X_AMZN_TRACE_ID"] = headers.get("lambda-runtime-trace-id", "")
    try:
        try:
            event = json.loads(body.decode())
        except ValueError as e:
            raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % e) from None
        result = handler(event, Context(headers))
        try:
            answer = result if isinstance(result, bytes) else to_json(result).encode()
        except Exception as e:
            raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % e) from None
    except Exception:
        error = describe(request_id)
        log_error(error)
        post_error(api, "invocation/%s/error" % request_id, error)
    else:
        api.request("POST", "invocation/%s/response" % request_id, answer, ["Content-Type: application/json"])


def main():
    search_path()
    sys.stdout, sys.stderr = Unbuffered(utf8(sys.stdout)), Unbuffered(utf8(sys.stderr))
    set_up_logging()
    api = Connection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = find_handler(os.environ["_HANDLER"])
    except Exception:
        error = describe()
        log_error(error)
        post_error(api, "init/error", error)
        sys.exit(1)
    while True:
        serve(api, handler)


if __name__ == "__main__":
    main()
