package trace

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/artifact/artifacttest"
	"github.com/coldcut/coldcut/internal/pyrun"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
)

// offline makes clients whose every call is answered with nothing.
const offline = `import boto3

class Ok:
    status_code = 200

def answer(**kwargs):
    return Ok, {'UnprocessedItems': {}, 'ResponseMetadata': {'HTTPStatusCode': 200}}

def mute(client):
    client.meta.events.register('before-call', answer)
    return client

def client(service, **kwargs):
    return mute(boto3.client(service, **kwargs))
`

// programs are sources, what of them is to be seen, and where. offline.py's own
// lines are left out; a service alone is a client that is made elsewhere.
var programs = []struct {
	name, source string
	want         []string
}{
	{"a method", `
import boto3
c = boto3.client('s3')
try:
    c.get_object()
except Exception:
    pass
`, []string{"s3 - app.py:3", "s3 GetObject app.py:5"}},

	{"a method's name is not enough", `
import offline
offline.client('s3').get_object
`, []string{"s3"}},

	{"a stub", `
import boto3
from botocore.stub import Stubber
c = boto3.client('dynamodb')
with Stubber(c) as s:
    s.add_response('list_tables', {})
    c.list_tables()
`, []string{"dynamodb - app.py:4", "dynamodb ListTables app.py:7"}},

	{"a paginator and a waiter", `
import offline
c = offline.client('s3')
list(c.get_paginator('list_objects_v2').paginate(Bucket='bucket'))
c.get_waiter('bucket_exists').wait(Bucket='bucket')
`, []string{"s3 HeadBucket app.py:5", "s3 ListObjectsV2 app.py:4"}},

	{"a resource, its collections, its waiters and its loads", `
import boto3, offline
r = boto3.resource('dynamodb')
offline.mute(r.meta.client)
t = r.Table('notes')
t.put_item(Item={'id': '1'})
list(r.tables.all())
with t.batch_writer() as b: b.put_item(Item={'id': '1'})
try:
    t.load()
except Exception:
    pass
`, []string{
		"dynamodb - app.py:3", "dynamodb BatchWriteItem app.py:8", "dynamodb DescribeTable app.py:10",
		"dynamodb ListTables app.py:7", "dynamodb PutItem app.py:6",
	}},

	{"a transfer, in threads of its own", `
import io, offline
c = offline.client('s3')
c.upload_fileobj(io.BytesIO(b'x'), 'bucket', 'key')
c.delete_object(Bucket='bucket', Key='key')
`, []string{"s3 DeleteObject app.py:5", "s3 PutObject"}},

	{"presigned", `
import offline
c = offline.client('s3')
assert 'Signature' in c.generate_presigned_url('put_object', Params={'Bucket': 'bucket', 'Key': 'key'})
assert c.generate_presigned_url(ClientMethod='get_object', Params={'Bucket': 'bucket', 'Key': 'key'})
assert c.generate_presigned_post('bucket', 'key')['fields']['policy']
try:
    c.generate_presigned_url('no_such_method')
except Exception as e:
    assert type(e).__name__ == 'UnknownClientMethodError', e
`, []string{"s3 CreateBucket app.py:6", "s3 GetObject app.py:5", "s3 PutObject app.py:4"}},

	{"around the methods", `
import offline
c = offline.client('sqs')
c._make_api_call('ListQueues', {})
c._make_api_call(operation_name='CreateQueue', api_params={'QueueName': 'q'})
try:
    c._make_api_call('NoSuchOperation', {})
except Exception as e:
    assert type(e).__name__ == 'OperationNotFoundError', e
`, []string{"sqs CreateQueue app.py:5", "sqs ListQueues app.py:4"}},

	{"a test that replaces BaseClient's", `
import boto3, botocore.client
from unittest.mock import patch
original = botocore.client.BaseClient._make_api_call
before = boto3.client('s3')
def fake(self, operation_name, kwarg):
    if operation_name == 'ListObjects':
        return original(self, operation_name, kwarg)
    return {'seen': operation_name}
with patch('botocore.client.BaseClient._make_api_call', new=fake):
    assert before.list_buckets() == {'seen': 'ListBuckets'}
    assert before._make_api_call('GetBucketAcl', {}) == {'seen': 'GetBucketAcl'}
    assert boto3.client('s3').get_object(Bucket='b') == {'seen': 'GetObject'}
    try:
        before.list_objects()
    except Exception as e:
        assert type(e).__name__ == 'ParamValidationError', e
with patch('botocore.client.BaseClient._make_api_call') as mock:
    before.head_object(Bucket='b')
    mock.assert_called_once_with('HeadObject', {'Bucket': 'b'})
with patch('botocore.client.BaseClient._make_api_call', autospec=True) as mock:
    before.put_object(Bucket='b')
    mock.assert_called_once_with(before, 'PutObject', {'Bucket': 'b'})
`, []string{
		"s3 - app.py:13", "s3 - app.py:5", "s3 GetBucketAcl app.py:12", "s3 GetObject app.py:13", "s3 HeadObject app.py:19",
		"s3 ListBuckets app.py:11", "s3 ListObjects app.py:15", "s3 PutObject app.py:22",
	}},

	{"a test that replaces a client's own", `
import offline
from unittest.mock import patch
c = offline.client('s3')
with patch.object(c, '_make_api_call', return_value=1) as mock:
    assert c.list_buckets() == 1
    mock.assert_called_once_with('ListBuckets', {})
with patch.object(type(c), '_make_api_call', return_value=2):
    assert c.get_object(Bucket='b') == 2
class Mine(type(c)):
    def _make_api_call(self, *args):
        return args[0], super()._make_api_call(*args)
c.__class__ = Mine
assert c.delete_bucket(Bucket='bucket')[0] == 'DeleteBucket'
`, []string{"s3 DeleteBucket app.py:12", "s3 DeleteBucket app.py:14", "s3 GetObject app.py:9", "s3 ListBuckets app.py:6"}},

	{"a session of botocore's, a model alone, and a service that is not there", `
import botocore.session
s = botocore.session.get_session()
s.get_service_model('kms')
try:
    s.create_client('nosuch')
except Exception as e:
    assert type(e).__name__ == 'UnknownServiceError', e
s.create_client('sns')
`, []string{"kms - app.py:4", "sns - app.py:9"}},

	{"threads", `
import offline, threading
from concurrent.futures import ThreadPoolExecutor
c = offline.client('sqs')
def work():
    c.list_queues()
threads = [threading.Thread(target=work) for _ in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
with ThreadPoolExecutor(4) as pool:
    [pool.submit(c.delete_queue, QueueUrl='u') for _ in range(8)]
`, []string{"sqs DeleteQueue", "sqs ListQueues app.py:6"}},

	{"a process that ends without a farewell", `
import offline, os
offline.client('sqs').list_queues()
os._exit(0)
`, []string{"sqs ListQueues app.py:3"}},

	{"a child in Python", `
import subprocess, sys
subprocess.check_call([sys.executable, '-c', '''
import offline
offline.client('sns').list_topics()'''])
`, []string{"sns ListTopics <string>:3"}},

	{"multiprocessing, spawned", `
import multiprocessing, offline
def work():
    offline.client('sns').list_topics()
if __name__ == '__main__':
    p = multiprocessing.get_context('spawn').Process(target=work)
    p.start()
    p.join()
    assert p.exitcode == 0
`, []string{"sns ListTopics app.py:4"}},

	{"reloaded", `
import boto3, importlib, botocore.client
importlib.reload(botocore.client)
botocore.session.get_session().create_client('sqs')
import offline
offline.client('sqs').list_queues()
`, []string{"sqs - app.py:4", "sqs ListQueues app.py:6"}},

	{"derived classes", `
import offline
c = offline.client('sqs')
class Derived(type(c)):
    def _make_api_call(self, *args):
        return super()._make_api_call(*args)
class Plain(type(c)):
    pass
for cls in Derived, Plain, type(c):
    c.__class__ = cls
    c.list_queues()
    c._make_api_call('CreateQueue', {'QueueName': 'q'})
`, []string{"sqs CreateQueue app.py:12", "sqs CreateQueue app.py:6", "sqs ListQueues app.py:11", "sqs ListQueues app.py:6"}},

	{"threads with nothing below them", `
import _thread, offline, time
c, done = offline.client('sqs'), []
c.meta.events.register('after-call', lambda **kwargs: done.append(1))
for n in range(2):
    _thread.start_new_thread(c.list_queues, ())
_thread.start_new_thread(c._make_api_call, ('CreateQueue', {'QueueName': 'q'}))
while len(done) < 3:
    time.sleep(0.01)
c.list_queues()
`, []string{"sqs CreateQueue", "sqs ListQueues", "sqs ListQueues app.py:10"}},

	{"operations in turn on one line", `
import offline
c, d = offline.client('sqs'), offline.client('sns')
for n in range(3):
    for call in c.list_queues, c.list_queues, d.list_topics, d.list_subscriptions:
        call()
`, []string{"sns ListSubscriptions app.py:6", "sns ListTopics app.py:6", "sqs ListQueues app.py:6"}},

	{"frozen files", `
import offline, os
from unittest.mock import patch
c = offline.client('sqs')
with patch('os.open', side_effect=OSError), patch('os.write', side_effect=OSError):
    c.list_queues()
`, []string{"sqs ListQueues app.py:6"}},
}

// forked are the programs for systems that can fork.
var forked = []struct {
	name, source string
	want         []string
}{
	{"fork", `
import offline, os
c = offline.client('sqs')
pid = os.fork()
if pid == 0:
    c.list_queues()
    offline.client('sns').list_topics()
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
c.create_queue(QueueName='q')
`, []string{"sns ListTopics app.py:7", "sqs CreateQueue app.py:10", "sqs ListQueues app.py:6"}},

	{"killed", `
import offline, os, signal
offline.client('sqs').list_queues()
os.kill(os.getpid(), signal.SIGKILL)
`, []string{"sqs ListQueues app.py:3"}},
}

func TestNewestBoto(t *testing.T) { testPrograms(t, "", "boto3") }

func TestOldBoto(t *testing.T) { testPrograms(t, "3.7", "boto3==1.9.233", "botocore==1.12.233") }

func testPrograms(t *testing.T, python string, requirements ...string) {
	s := newSite(t, python, requirements...)
	all := programs
	if runtime.GOOS != "windows" {
		all = append(slices.Clone(all), forked...)
	}
	for _, p := range all {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, filepath.Join(dir, "offline.py"), offline)
			write(t, filepath.Join(dir, "app.py"), p.source)
			trace, output := s.record(t, dir, filepath.Join(dir, "app.py"))
			if exit := trace.Runs[0].Exit; exit != 0 && exit != 128+9 {
				t.Fatalf("exit code %d: %s", exit, output)
			}
			if got := seen(trace); !slices.Equal(got, p.want) {
				t.Errorf("saw %q, want %q", got, p.want)
			}
		})
	}
}

// seen lists uses as "service operation place".
func seen(t *Trace) []string {
	made := map[string]bool{}
	var list []string
	for _, u := range t.Uses {
		if u.File == "offline.py" {
			continue
		}
		made[u.Service] = true
		line := u.Service + " " + u.Operation
		if u.Operation == "" {
			line += "-"
		}
		if u.File != "" {
			line += " " + u.File + ":" + strconv.Itoa(u.Line)
		}
		list = append(list, line)
	}
	for service := range t.Services {
		if !made[service] {
			list = append(list, service)
		}
	}
	slices.Sort(list)
	return list
}

// site is a Python with packages.
type site struct {
	python    *pyrun.Interpreter
	installed string
}

func newSite(t *testing.T, python string, requirements ...string) *site {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	t.Parallel()
	p := pyruntest.Need(t, python)
	return &site{python: p, installed: pyruntest.Install(t, p, requirements...)}
}

// environment is all that a program gets.
func (s *site) environment(dir string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "SYSTEMROOT=" + os.Getenv("SYSTEMROOT"), "HOME=" + dir, "TMPDIR=" + os.TempDir(),
		"PYTHONPATH=" + dir + string(os.PathListSeparator) + s.installed, "PYTHONDONTWRITEBYTECODE=1",
		"AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "AWS_DEFAULT_REGION=eu-west-1", "AWS_EC2_METADATA_DISABLED=true",
	}
}

// record traces python with these arguments, with dir to import from.
func (s *site) record(t *testing.T, dir string, args ...string) (*Trace, string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	trace, err := Record(Command{
		Args: append([]string{s.python.Path}, args...), Env: s.environment(dir), Stdout: &stdout, Stderr: &stderr,
	})
	if err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	return trace, stdout.String() + stderr.String()
}

func write(t *testing.T, name, data string) {
	t.Helper()
	artifacttest.Write(t, filepath.Dir(name), map[string]string{filepath.Base(name): data})
}

// TestMadeCode calls from code that goes away, so that other code gets its address,
// and from more of it than the hook remembers.
func TestMadeCode(t *testing.T) {
	const files = 5000
	s := newSite(t, "", "boto3")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "offline.py"), offline)
	write(t, filepath.Join(dir, "app.py"), fmt.Sprintf(`
import offline
from unittest.mock import patch
c = offline.client('sqs')
with patch('botocore.client.BaseClient._make_api_call'):
    for n in range(%d):
        code = compile('c.list_queues()', f'made{n}.py', 'exec')
        exec(code)
        exec(code)
`, files))
	trace, output := s.record(t, dir, filepath.Join(dir, "app.py"))
	made := 0
	for _, u := range trace.Uses {
		if strings.HasPrefix(u.File, "made") && u.Operation == "ListQueues" && u.Line == 1 {
			made++
		}
	}
	if made != files {
		t.Errorf("saw %d files of %d: %s", made, files, output)
	}
}

// asynchronous calls aiobotocore in every way, and moto.
const asynchronous = `
import asyncio, inspect
import aioboto3, boto3
from moto import mock_aws
from unittest.mock import AsyncMock, patch

async def main():
    async with aioboto3.Session().client('s3') as c:
        assert inspect.iscoroutinefunction(c._make_api_call)
        assert inspect.iscoroutinefunction(c.generate_presigned_url)
        assert await c.generate_presigned_url('get_object', Params={'Bucket': 'bucket', 'Key': 'key'})
        with patch('aiobotocore.client.AioBaseClient._make_api_call') as mock:
            mock.return_value = {'Buckets': []}
            assert await c.list_buckets() == {'Buckets': []}
            await c._make_api_call('PutBucketAcl', {})
        with patch.object(c, '_make_api_call') as mock:
            assert isinstance(mock, AsyncMock)
            await asyncio.gather(*(c.delete_object(Bucket='b', Key='k') for _ in range(4)))
        try:
            await c.head_object(Bucket='b')
        except Exception as e:
            assert type(e).__name__ == 'ParamValidationError', e

asyncio.run(main())
with mock_aws():
    sqs = boto3.client('sqs')
    url = sqs.create_queue(QueueName='q')['QueueUrl']
    sqs.send_message(QueueUrl=url, MessageBody='b')
`

func TestAsynchronousAndMoto(t *testing.T) {
	s := newSite(t, "", "aioboto3", "moto")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "app.py"), asynchronous)
	trace, output := s.record(t, dir, filepath.Join(dir, "app.py"))
	if exit := trace.Runs[0].Exit; exit != 0 {
		t.Fatalf("exit code %d: %s", exit, output)
	}
	got := slices.DeleteFunc(seen(trace), func(s string) bool { return strings.Contains(s, " moto/") })
	if want := []string{
		"s3 - app.py:8", "s3 DeleteObject app.py:18", "s3 GetObject app.py:11", "s3 HeadObject app.py:20",
		"s3 ListBuckets app.py:14", "s3 PutBucketAcl app.py:15",
		"sqs - app.py:26", "sqs CreateQueue app.py:27", "sqs SendMessage app.py:28",
	}; !slices.Equal(got, want) {
		t.Errorf("saw %q, want %q", got, want)
	}
	for _, name := range []string{"boto3", "botocore", "aioboto3", "aiobotocore"} {
		if len(trace.Runs[0].Boto[name]) == 0 {
			t.Errorf("no version of %s: %v", name, trace.Runs[0].Boto)
		}
	}
}

// looks prints all that a program can see of the hook.
const looks = `
import boto3, botocore.client, botocore.loaders, botocore.signers, inspect, os, pickle, sys
c = boto3.client('s3')
here = os.path.dirname(os.path.abspath(__file__))
print([p.replace(here, '.') for p in sys.path])
print(sorted(p.replace(here, '.') for p in sys.path_importer_cache if 'coldcut-trace-' in p))
print(sorted(n for n in sys.modules if 'custom' in n or 'coldcut' in n))
for f in (c.get_object, c.generate_presigned_url, c.generate_presigned_post, botocore.client.ClientCreator._create_methods,
          botocore.loaders.Loader.load_service_model, c._make_api_call):
    print(f.__name__, f.__qualname__, f.__module__, inspect.signature(f), inspect.isfunction(f), inspect.ismethod(f))
    print(len(inspect.getsource(f)), inspect.getdoc(f)[:200] if inspect.getdoc(f) else None)
print(sorted(n for n in dir(c)))
print(type(c), type(c).__mro__, type(c).__module__)
for m in (botocore.client, botocore.loaders, botocore.signers):
    print(type(m.__loader__), type(m.__spec__.loader), m.__spec__.origin == m.__file__, m.__loader__.is_package(m.__name__))
print(pickle.loads(pickle.dumps(botocore.signers.generate_presigned_url)) is botocore.signers.generate_presigned_url)
try:
    c.get_object('positional')
except TypeError as e:
    print(e)
print(c.can_paginate('list_objects_v2'), c.waiter_names, c.meta.method_to_api_mapping['get_object'])
`

// TestUndisturbed runs a program that looks around, with the hook and without.
func TestUndisturbed(t *testing.T) {
	for _, version := range []string{"", "3.7"} {
		t.Run("python"+version, func(t *testing.T) {
			requirements := []string{"boto3"}
			if version != "" {
				requirements = []string{"boto3==1.9.233", "botocore==1.12.233"}
			}
			s := newSite(t, version, requirements...)
			dir := t.TempDir()
			script := filepath.Join(dir, "app.py")
			write(t, script, looks)
			want := s.plain(t, dir, script)
			if _, got := s.record(t, dir, script); got != want {
				t.Errorf("with the hook:\n%s\nwithout:\n%s", got, want)
			}
			if !strings.Contains(want, "get_object") {
				t.Errorf("the program failed: %s", want)
			}
		})
	}
}

// plain runs Python without a hook.
func (s *site) plain(t *testing.T, dir string, args ...string) string {
	t.Helper()
	stdout, stderr, err := s.python.Run(t.Context(), pyrun.Command{Args: args, Bare: true, Bytecode: true, Env: s.environment(dir)})
	if err != nil {
		t.Log(err)
	}
	return string(stdout) + string(stderr)
}

// TestSitecustomize gives every Python here a sitecustomize of the user's: good,
// broken, of many kinds, and none.
func TestSitecustomize(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	pyruntest.Need(t, "")
	const script = "import sys; print([m.__file__ for n, m in sys.modules.items() if n == 'sitecustomize'], len([p for p in sys.path if 'coldcut' in p]))"
	customs := map[string]string{
		"sitecustomize.py":          "import sys; print('mine', __name__, sys.modules[__name__].__file__)",
		"sitecustomize/__init__.py": "print('package')",
		"broken/sitecustomize.py":   "1 / 0",
		"absent/sitecustomize.py":   "import there_is_no_such_module",
		"none/nothing.py":           "",
	}
	for _, p := range pyrun.All(t.Context()) {
		s := &site{python: p, installed: t.TempDir()}
		for name, source := range customs {
			t.Run(p.Language()+"/"+name, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				write(t, filepath.Join(dir, name), source)
				if first, _, nested := strings.Cut(name, "/"); nested && first != "sitecustomize" {
					dir = filepath.Join(dir, first)
				}
				want := s.plain(t, dir, "-c", script)
				trace, got := s.record(t, dir, "-c", script)
				if got != want {
					t.Errorf("with the hook:\n%s\nwithout:\n%s", got, want)
				}
				if len(trace.Services) != 0 || !slices.Equal(trace.Runs[0].Pythons, []string{p.Version}) {
					t.Errorf("trace %+v", trace)
				}
			})
		}
	}
}

// outlives are programs that go on when the command has ended and its folder is gone:
// before boto is imported, and before the hook needs its last part.
var outlives = []string{"gone()\nimport boto3", "import boto3\ngone()"}

const outliving = `
import os, shutil
def gone(): shutil.rmtree(os.environ['PYTHONPATH'].split(os.pathsep)[0])
%s
from botocore.stub import Stubber
c = boto3.client('s3')
with Stubber(c) as s:
    s.add_response('list_buckets', {})
    c.list_buckets()
    s.add_response('list_buckets', {})
    c._make_api_call('ListBuckets', {})
assert 'Signature' in c.generate_presigned_url('get_object', Params={'Bucket': 'b', 'Key': 'k'})
print('done')
`

func TestOutlived(t *testing.T) {
	s := newSite(t, "", "boto3")
	for _, program := range outlives {
		dir, err := place("")
		if err != nil {
			t.Fatal(err)
		}
		script := filepath.Join(t.TempDir(), "app.py")
		write(t, script, fmt.Sprintf(outliving, program))
		if got := s.plain(t, dir, script); got != "done\n" {
			t.Errorf("%s: %s", program, got)
		}
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: the folder is there", program)
		}
	}
}

// TestPartLost reports a part of the hook that cannot be run: what it would have seen
// is missing.
func TestPartLost(t *testing.T) {
	s := newSite(t, "", "boto3")
	for part, program := range map[string]string{"boto": "import boto3; print", "rare": "import boto3; boto3.client('s3')._make_api_call"} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "app.py"), fmt.Sprintf(`import os
os.remove(os.path.join(os.environ['PYTHONPATH'].split(os.pathsep)[0], '%s.py'))
%s('ListBuckets')
`, part, program))
		_, err := Record(Command{Args: []string{s.python.Path, filepath.Join(dir, "app.py")}, Env: s.environment(dir)})
		var unhooked *UnhookedError
		if !errors.As(err, &unhooked) || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: error %v", part, err)
		}
	}
}

// TestUnseen runs what keeps the hook out.
func TestUnseen(t *testing.T) {
	p := pyruntest.Need(t, "")
	s := &site{python: p, installed: t.TempDir()}
	for _, flag := range []string{"-I", "-E", "-S"} {
		_, err := Record(Command{Args: []string{p.Path, flag, "-c", "import sys; sys.exit(5)"}, Env: s.environment(t.TempDir())})
		var unseen *UnseenError
		if !errors.As(err, &unseen) || unseen.Exit != 5 {
			t.Errorf("%s: error %v", flag, err)
		}
	}
}

// TestUnhooked gives the hook a botocore that is made in another way.
func TestUnhooked(t *testing.T) {
	s := &site{python: pyruntest.Need(t, ""), installed: t.TempDir()}
	write(t, filepath.Join(s.installed, "botocore", "__init__.py"), "")
	write(t, filepath.Join(s.installed, "botocore", "client.py"), "class Creator: pass")
	_, err := Record(Command{Args: []string{s.python.Path, "-c", "import botocore.client"}, Env: s.environment(t.TempDir())})
	var unhooked *UnhookedError
	if !errors.As(err, &unhooked) || !strings.Contains(err.Error(), "botocore.client: AttributeError: ") {
		t.Errorf("error %v", err)
	}
}

// TestZip imports a botocore from a zip, which before Python 3.10 took a loader of
// another kind.
func TestZip(t *testing.T) {
	pyruntest.Need(t, "")
	file := filepath.Join(t.TempDir(), "lib.zip")
	var data bytes.Buffer
	z := zip.NewWriter(&data)
	for name, source := range map[string]string{"botocore/__init__.py": "", "botocore/client.py": fake} {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(source))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, file, data.String())
	for _, p := range pyrun.All(t.Context()) {
		t.Run(p.Language(), func(t *testing.T) {
			s := &site{python: p, installed: file}
			trace, output := s.record(t, t.TempDir(), "-c", `import botocore.client as b
methods = b.ClientCreator()._create_methods(b.Model)
assert type('S3', (b.BaseClient,), methods)().get_object() == 'GetObject'
assert 'coldcut' not in repr(b.__loader__) + repr(b.__spec__), b.__loader__`)
			if got := seen(trace); !slices.Equal(got, []string{"s3 - <string>:2", "s3 GetObject <string>:3"}) {
				t.Errorf("saw %q: %s", got, output)
			}
		})
	}
}

// fake is the least that the hook takes for a botocore.client.
const fake = `
def xform_name(name):
    return 'get_object'

class BaseClient:
    def _make_api_call(self, operation, params):
        return operation

class ClientCreator:
    def _create_methods(self, model):
        return {'get_object': lambda self: self._make_api_call('GetObject', {})}

class Model:
    service_name = 's3'
    operation_names = ['GetObject']
`

// TestTornRecord leaves out the line that a process did not get to write.
func TestTornRecord(t *testing.T) {
	all := &sightings{services: map[string][]string{}, run: Run{Boto: map[string][]string{}}}
	if err := all.add("{\"python\":\"3.13.0\"}\n{\"service\":\"s3\",\"operation\":\"\",\"boto3\":\"1\"}\n{\"serv"); err != nil {
		t.Fatal(err)
	}
	if all.run.Processes != 1 || len(all.uses) != 1 || len(all.run.Boto["boto3"]) != 1 {
		t.Errorf("saw %+v", all)
	}
	if err := all.add("{\"serv\n"); err == nil {
		t.Error("a damaged line passes")
	}
}

func TestPrepend(t *testing.T) {
	list := string(os.PathListSeparator)
	tests := []struct {
		env  []string
		want string
	}{
		{nil, "hook"},
		{[]string{"PYTHONPATH="}, "hook"},
		{[]string{"A=B", "PYTHONPATH=a" + list + "b"}, "hook" + list + "a" + list + "b"},
		{[]string{"PYTHONPATH=a", "PYTHONPATH=b"}, "hook" + list + "b"},
	}
	for _, test := range tests {
		if got := prepend("hook", test.env); got != test.want {
			t.Errorf("%q: %s, want %s", test.env, got, test.want)
		}
	}
}
