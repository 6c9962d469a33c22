package lambdasim

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// stray is a function that now and then leaves a process behind, in a session of
// its own with no parent, as daemons do.
const stray = `
import os, time
def daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
def handler(event, context):
    if event["n"] % 5 == 0:
        daemon()
    if event["n"] % 11 == 0:
        raise ValueError(event["n"])
    with open("/tmp/%d" % os.getpid(), "a") as f:
        f.write("x")
    return {"n": event["n"], "pid": os.getpid(), "name": context.function_name}
`

// TestSoak invokes many functions at once while they are updated and their processes
// are killed. Every answer must be the right one, and nothing may be left. With
// COLDCUT_SOAK=2000 it takes twenty functions and so many invocations.
func TestSoak(t *testing.T) {
	functions, invocations := 4, 60
	if n, err := strconv.Atoi(os.Getenv("COLDCUT_SOAK")); err == nil {
		functions, invocations = 20, n
	}
	before := openFiles(t)
	t.Run("run", func(t *testing.T) {
		b := serve(t, Options{UpdateTime: 20 * time.Millisecond})
		s := &soak{testbed: b, random: rand.New(rand.NewPCG(1, 2))}
		code := stray
		if !b.server.Conditions().Limited() { // nothing ends a daemon where there are no control groups
			code = strings.Replace(stray, `event["n"] % 5 == 0`, "False", 1)
		}
		for i := range functions {
			b.create(fmt.Sprint("f", i), code, func(in *lambda.CreateFunctionInput) { in.Timeout, in.MemorySize = aws.Int32(60), aws.Int32(1769) })
		}
		time.Sleep(100 * time.Millisecond) // they are being created
		var workers sync.WaitGroup
		work := make(chan int)
		for range 8 {
			workers.Go(func() {
				for n := range work {
					s.step(n, functions)
				}
			})
		}
		for n := range invocations {
			work <- n
		}
		close(work)
		workers.Wait()
		t.Logf("%d answers, %d errors of functions, %d killed, %d updated", s.answers, s.errors, s.kills, s.updates)
		if s.answers < invocations/2 || s.errors == 0 || s.kills == 0 || s.updates == 0 {
			t.Error("it did not soak")
		}
	})
	for try := 0; ; try++ {
		after := openFiles(t)
		if after <= before+3 { // connections that the clients keep
			break
		}
		if try == 100 {
			t.Fatalf("%d files were open before, %d are after", before, after)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

type soak struct {
	*testbed
	mu                              sync.Mutex
	random                          *rand.Rand
	pids                            []int
	answers, errors, kills, updates int
}

// step does one thing at random.
func (s *soak) step(n, functions int) {
	s.mu.Lock()
	name, dice := fmt.Sprint("f", s.random.IntN(functions)), s.random.IntN(20)
	victim := 0
	if len(s.pids) > 0 {
		victim = s.pids[len(s.pids)-1]
	}
	s.mu.Unlock()
	switch {
	case dice == 0:
		s.update(name, n)
	case dice < 4 && victim > 0 && ours(victim):
		_ = syscall.Kill(victim, syscall.SIGKILL) // it may be gone by now
		s.count(&s.kills)
	}
	r, err := s.tryInvoke(s.Context(), name, fmt.Sprintf(`{"n": %d}`, n))
	if err != nil {
		s.Errorf("%s: %v", name, err)
		return
	}
	s.hold(name, n, r)
}

func (s *soak) count(what *int) {
	s.mu.Lock()
	*what++
	s.mu.Unlock()
}

func (s *soak) update(name string, n int) {
	_, err := s.lambda.UpdateFunctionConfiguration(s.Context(), &lambda.UpdateFunctionConfigurationInput{
		FunctionName: &name, Environment: &types.Environment{Variables: map[string]string{"NUMBER": fmt.Sprint(n)}},
	})
	if err != nil && errorCode(err) != "ResourceConflictException" {
		s.Errorf("update %s: %v", name, err)
	}
	s.count(&s.updates)
}

// hold holds an answer to what was asked.
func (s *soak) hold(name string, n int, r result) {
	var got struct {
		N, Pid    int
		Name      string
		ErrorType string
	}
	if err := json.Unmarshal([]byte(r.payload), &got); err != nil {
		s.Errorf("%s %d: %+v: %v", name, n, r, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case r.failed == "" && got.N == n && got.Name == name && n%11 != 0:
		s.answers++
		s.pids = append(s.pids, got.Pid)
	case got.ErrorType == "ValueError" && n%11 == 0, got.ErrorType == "Runtime.ExitError" && s.kills > 0:
		s.errors++
	default:
		s.Errorf("%s %d: %+v", name, n, r)
	}
	if !strings.Contains(r.log, "REPORT RequestId") {
		s.Errorf("%s %d has no report: %s", name, n, r.log)
	}
}

// ours reports whether a process still is a child of this one, so that no other with
// its number is killed.
func ours(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	return err == nil && len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid())
}

func openFiles(t *testing.T) int {
	t.Helper()
	runtime.GC()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
