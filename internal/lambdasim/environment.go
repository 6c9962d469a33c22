package lambdasim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coldcut/coldcut/internal/pyrun"
)

// environment is one execution environment: a fresh copy of the package and one
// process at a time. One goroutine at a time uses it.
type environment struct {
	d      *deployment
	dir    string // all that is its own
	python *pyrun.Interpreter
	log    *functionLog
	stream string // the name of its log stream
	idle   *time.Timer

	unpackStart, unpackEnd time.Time

	// Of the process that runs now.
	api                *runtimeAPI
	proc               *process
	limits             *limits
	initStart, initEnd time.Time
	initialised        bool

	closing sync.Once
	gone    atomic.Bool
}

// newEnvironment makes the folders of an environment.
func newEnvironment(ctx context.Context, d *deployment) (*environment, error) {
	s := d.server
	python, err := s.pythons.find(ctx, d.config.language())
	if err != nil {
		return nil, err
	}
	if !s.admit() {
		return nil, errClosed
	}
	dir, err := os.MkdirTemp(s.work, "env-")
	if err != nil {
		s.environment.alive.Done()
		return nil, err
	}
	e := &environment{d: d, dir: dir, python: python, stream: streamName(d.config.Version)}
	e.log, err = newFunctionLog(s.functionSink(d.config.FunctionName))
	if err == nil {
		err = e.makeFolders()
	}
	if err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

// admit counts an environment, unless the server is being closed.
func (s *Server) admit() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.environment.alive.Add(1)
	}
	return !s.closed
}

// background runs do while the server is open; Close waits for it.
func (s *Server) background(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.running.Go(do)
	}
}

// functionSink passes on what functions write, a line at a time. A log calls it, one
// piece after another.
func (s *Server) functionSink(name string) func(string) {
	if s.opts.Log == nil {
		return nil
	}
	var rest string
	return func(text string) {
		rest += text
		for {
			line, after, whole := strings.Cut(rest, "\n")
			if !whole {
				return
			}
			s.logf("%s: %s", name, line)
			rest = after
		}
	}
}

// streamName is a log stream's name as Lambda makes it, but for the word local.
func streamName(version string) string {
	return fmt.Sprintf("%s/[%s]%s%s", time.Now().UTC().Format("2006/01/02"), version, Backend, randomHex(14))
}

// folders of an environment, by what they are inside it.
func (e *environment) task() string    { return filepath.Join(e.dir, "task") }
func (e *environment) opt() string     { return filepath.Join(e.dir, "opt") }
func (e *environment) tmp() string     { return filepath.Join(e.dir, "tmp") }
func (e *environment) runtime() string { return filepath.Join(e.dir, "runtime") }

// makeFolders makes the folders, and unpacks into them unless that is done in memory,
// once there is a namespace to do it in.
func (e *environment) makeFolders() error {
	for _, dir := range []string{e.task(), e.opt(), e.tmp(), e.runtime()} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(e.runtime(), "bootstrap.py"), bootstrap, 0o644); err != nil {
		return err
	}
	if e.inMemory() {
		return nil
	}
	return e.unpack(e.task(), e.opt())
}

// inMemory reports whether the package is unpacked into memory. A disk is as fast as
// its other users let it be; and where the cache is dropped, one is wanted.
func (e *environment) inMemory() bool {
	return e.d.server.machine.isolates() && e.d.server.opts.PageCache == PageCacheKept
}

// unpack unpacks the code and the layers into these folders.
func (e *environment) unpack(task, opt string) error {
	e.unpackStart = time.Now()
	if err := e.d.code.unpack(task); err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	for _, l := range e.d.layers {
		if err := l.unpack(opt); err != nil {
			return fmt.Errorf("unpack a layer: %w", err)
		}
	}
	if e.d.server.opts.PageCache == PageCacheDropped {
		for _, dir := range []string{task, opt} {
			if err := dropCache(dir); err != nil {
				return fmt.Errorf("drop the page cache: %w", err)
			}
		}
	}
	e.unpackEnd = time.Now()
	return nil
}

// unpackedSize is what the code and the layers unpack to, in bytes.
func (e *environment) unpackedSize() int64 {
	size := e.d.code.unpacked
	for _, l := range e.d.layers {
		size += l.unpacked
	}
	return size
}

// start starts a process. Initialisation begins just before it is executed.
func (e *environment) start(vcpus float64) error {
	var err error
	if e.api, err = newRuntimeAPI(); err != nil {
		return err
	}
	e.limits = e.d.server.machine.limits(filepath.Base(e.dir))
	if err := e.limits.memory(int64(e.d.config.MemorySize) << 20); err != nil {
		return err
	}
	if err := e.limits.cpu(vcpus); err != nil {
		return err
	}
	e.initialised = false
	e.proc, err = e.d.server.machine.start(e.spec())
	if err != nil {
		return fmt.Errorf("start %s: %w", e.python.Path, err)
	}
	e.initStart = e.proc.started
	return nil
}

// stop ends the process and all that it started.
func (e *environment) stop() {
	if e.proc != nil {
		e.proc.kill()
		e.limits.kill()
		<-e.proc.done
		e.proc = nil
	}
	if e.api != nil {
		e.api.close()
		e.api = nil
	}
	if e.limits != nil {
		e.d.server.machine.note(e.limits.remove())
		e.limits = nil
	}
}

// alive reports whether the process can serve another invocation.
func (e *environment) alive() bool {
	if e.proc == nil || !e.initialised {
		return false
	}
	select {
	case <-e.proc.done:
		return false
	default:
		return true
	}
}

// close ends the environment and removes its folder.
func (e *environment) close() {
	e.closing.Do(func() {
		e.stop()
		if e.log != nil {
			e.log.close()
		}
		e.d.server.machine.note(removeTree(e.dir))
		e.gone.Store(true)
		e.d.server.environment.alive.Done()
	})
}

// spec is how the process is started.
func (e *environment) spec() processSpec {
	place := e.d.server.machine.places(e)
	args := []string{e.python.Path, "-S", place.runtime + "/bootstrap.py"}
	vars := e.variables(place)
	if wrapper := e.variable("AWS_LAMBDA_EXEC_WRAPPER"); wrapper != "" {
		args = append([]string{wrapper}, args...)
	}
	return processSpec{args: args, env: vars, dir: place.task, output: e.log.write, environment: e}
}

// variable returns one of the function's own variables.
func (e *environment) variable(name string) string {
	if e.d.config.Environment == nil {
		return ""
	}
	return e.d.config.Environment.Variables[name]
}

// places are where an environment's folders are as its process sees them.
type places struct{ task, opt, runtime, tmp string }

// variables are those that Lambda sets:
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html. Nothing
// of the server's own gets in.
func (e *environment) variables(place places) []string {
	c := &e.d.config
	region := strings.Split(c.FunctionArn, ":")[3]
	vars := []string{
		"_HANDLER=" + c.Handler,
		"AWS_REGION=" + region, "AWS_DEFAULT_REGION=" + region,
		"AWS_EXECUTION_ENV=AWS_Lambda_" + c.Runtime,
		"AWS_LAMBDA_FUNCTION_NAME=" + c.FunctionName,
		fmt.Sprintf("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=%d", c.MemorySize),
		"AWS_LAMBDA_FUNCTION_VERSION=" + c.Version,
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=" + c.LoggingConfig.LogGroup,
		"AWS_LAMBDA_LOG_STREAM_NAME=" + e.stream,
		"AWS_LAMBDA_RUNTIME_API=" + e.api.address,
		"AWS_ACCESS_KEY_ID=" + Backend, "AWS_SECRET_ACCESS_KEY=" + Backend, "AWS_SESSION_TOKEN=" + Backend,
		"AWS_XRAY_CONTEXT_MISSING=LOG_ERROR", "AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2000",
		"_AWS_XRAY_DAEMON_ADDRESS=127.0.0.1", "_AWS_XRAY_DAEMON_PORT=2000",
		"LAMBDA_TASK_ROOT=" + place.task, "LAMBDA_RUNTIME_DIR=" + place.runtime,
		// Lambda sets none, and its user's home is not there. With this one's, boto3
		// would read the configuration of whoever runs the server.
		"HOME=/home/sbx_user1051",
		"LANG=en_US.UTF-8", "TZ=:UTC", "PWD=" + place.task, "SHLVL=0",
		"COLDCUT_OPT=" + place.opt,
	}
	for name, value := range e.changeable(place) {
		vars = append(vars, name+"="+value)
	}
	return append(vars, systemVariables()...)
}

// changeable are the variables that a function may set itself, and those that it does.
func (e *environment) changeable(place places) map[string]string {
	own := map[string]string{
		"PATH": strings.Join([]string{
			filepath.Dir(e.python.Path), "/usr/local/bin", "/usr/bin/", "/bin", place.opt + "/bin",
		}, string(os.PathListSeparator)),
		"LD_LIBRARY_PATH": strings.Join([]string{
			"/lib64", "/usr/lib64", place.runtime, place.runtime + "/lib", place.task, place.task + "/lib", place.opt + "/lib",
		}, string(os.PathListSeparator)),
		"TMPDIR": place.tmp,
	}
	if place.tmp == "/tmp" {
		delete(own, "TMPDIR") // Lambda sets none
	}
	if c := e.d.config.Environment; c != nil {
		maps.Copy(own, c.Variables)
	}
	if !e.d.server.machine.isolates() {
		own["PYTHONDONTWRITEBYTECODE"] = "1" // what could not be written on Lambda is not written here
	}
	return own
}

var errClosed = errors.New("the server is being closed")
