package awslambda

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldcut/coldcut/bench"
)

func twoArms() []Arm {
	pack := func() *bench.Package { return &bench.Package{Zip: []byte("PK"), ZipBytes: 2, Bytes: 2} }
	return []Arm{{Name: "fat.zip", Package: pack()}, {Name: "slim.zip", Package: pack()}}
}

// clean holds a run to have left nothing.
func clean(t *testing.T, f *fake) {
	t.Helper()
	if left := f.left(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestRun(t *testing.T) {
	f, c := newFake(t)
	f.logs = true
	opts := quick(twoArms()...)
	opts.Env = map[string]string{"TABLE": "notes"}
	var seen []int
	opts.Progress = func(done, total int) {
		if total != 24 {
			t.Errorf("%d of %d", done, total)
		}
		seen = append(seen, done)
	}
	f.changing = func(fn *fakeFunction) {
		if fn.Env["TABLE"] != "notes" || fn.Tracing != "Active" || fn.Handler != "app.handler" || fn.Timeout != 30 || fn.Architectures[0] != "arm64" {
			t.Errorf("%+v", fn)
		}
	}
	r, err := c.Run(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	clean(t, f)
	if len(seen) != 24 || !slices.IsSorted(seen) || seen[23] != 24 {
		t.Errorf("progress %v", seen)
	}
	if r.Backend != bench.Local || len(r.Arms) != 4 || r.Seed != 3 {
		t.Fatalf("%+v", r)
	}
	for _, a := range r.Arms {
		if a.Counted() != 6 || len(a.Samples) != 6 || len(a.Discarded) != 1 {
			t.Errorf("%s at %d: %d of %d count, %d discarded", a.Name, a.MemoryMB, a.Counted(), len(a.Samples), len(a.Discarded))
		}
		for _, s := range a.Samples {
			if !s.Cold || *s.UntilInit != 50 || *s.Init != *s.ReportInit || *s.Handler != *s.Duration || s.Order == 0 {
				t.Errorf("%+v", s)
			}
			if gap := *s.Total - (*s.UntilInit + *s.Init + *s.Handler); gap < 1.9 || gap > 2.1 {
				t.Errorf("%v ms lie between the phases", gap)
			}
		}
	}
	if c := r.Compared[0]; !c.Proven && !strings.HasPrefix(string(c.Metric), "until") {
		t.Errorf("%+v", c)
	}
	// One for each cold start and one for each upload, all different and sampled.
	form := regexp.MustCompile(`^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Sampled=1$`)
	slices.Sort(f.headers)
	if len(slices.Compact(f.headers)) != 28 || !form.MatchString(f.headers[0]) {
		t.Errorf("%d headers like %s", len(f.headers), f.headers[0])
	}
}

// TestRunAgainstTheOdds has everything go wrong that passes again.
func TestRunAgainstTheOdds(t *testing.T) {
	f, c := newFake(t)
	busy, slow := failure{status: 409, kind: "ResourceConflictException"}, failure{status: 429, kind: "TooManyRequestsException"}
	broken := failure{status: 503, kind: "ServiceException"}
	f.late = 2
	f.fail = map[string][]failure{
		"lambda:CreateFunction":              {{status: 500, kind: "ServiceException", lost: true}, slow},
		"lambda:UpdateFunctionConfiguration": {busy, slow, {status: 412, kind: "PreconditionFailedException"}, {status: 500, kind: "ServiceException", lost: true}, busy},
		"lambda:InvokeFunction":              {slow, broken, busy},
		"lambda:GetFunction":                 {slow, broken},
		"xray:BatchGetTraces":                {{status: 429, kind: "ThrottledException"}},
		"xray:GetTraceSegmentDestination":    {{status: 403, kind: "AccessDeniedException"}},
		"lambda:DeleteFunction":              {busy, slow},
	}
	r, err := c.Run(t.Context(), quick(twoArms()...))
	if err != nil {
		t.Fatal(err)
	}
	clean(t, f)
	for _, a := range r.Arms {
		if a.Counted() != 6 || len(a.Values(bench.Total)) != 6 {
			t.Errorf("%s at %d: %d count, %d traced", a.Name, a.MemoryMB, a.Counted(), len(a.Values(bench.Total)))
		}
	}
}

// TestNotCold samples again for what was no cold start of its own, and keeps it.
func TestNotCold(t *testing.T) {
	f, c := newFake(t)
	f.answer = func(n int, _ *fakeFunction) answer { return answer{payload: "null", warm: n == 7} }
	f.document = func(n int) []string {
		if n == 9 {
			return []string{service, ahead}
		}
		return nil
	}
	r, err := c.Run(t.Context(), quick(twoArms()...))
	if err != nil {
		t.Fatal(err)
	}
	clean(t, f)
	var why []string
	for _, a := range r.Arms {
		if a.Counted() != 6 {
			t.Errorf("%s at %d: %d count", a.Name, a.MemoryMB, a.Counted())
		}
		for _, s := range a.Samples {
			if s.Excluded {
				why = append(why, s.Why)
			}
		}
	}
	slices.Sort(why)
	if !slices.Equal(why, []string{"initialised ahead of the invocation", "not a cold start"}) {
		t.Errorf("excluded: %q", why)
	}
}

func TestNeverCold(t *testing.T) {
	f, c := newFake(t)
	f.answer = func(int, *fakeFunction) answer { return answer{payload: "null", warm: true} }
	_, err := c.Run(t.Context(), quick(twoArms()...))
	if err == nil || !strings.Contains(err.Error(), "not a cold start") {
		t.Errorf("%v", err)
	}
	clean(t, f)
}

func TestTransactionSearch(t *testing.T) {
	f, c := newFake(t)
	f.cloudLogs = true
	r, err := c.Run(t.Context(), quick(twoArms()...))
	if err != nil {
		t.Fatal(err)
	}
	clean(t, f)
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "Transaction Search") || f.calls["xray:BatchGetTraces"] > 0 {
		t.Errorf("notes %q, %d questions", r.Notes, f.calls["xray:BatchGetTraces"])
	}
	for _, a := range r.Arms {
		s := a.Samples[0]
		if a.Counted() != 6 || s.Init == nil || s.Total != nil || s.UntilInit != nil {
			t.Errorf("%+v", s)
		}
	}
	for _, compared := range r.Compared {
		if compared.Metric != bench.Init {
			t.Errorf("%s is compared, and nobody knows it", compared.Metric)
		}
	}
	if !slices.ContainsFunc(r.Warnings, func(w bench.Warning) bool { return w.Kind == bench.NoTraces }) {
		t.Errorf("%+v", r.Warnings)
	}
}

func TestNoTraces(t *testing.T) {
	f, c := newFake(t)
	f.late = 1 << 30
	r, err := c.Run(t.Context(), quick(twoArms()...))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "AWSXRayDaemonWriteAccess") {
		t.Errorf("%q", r.Notes)
	}
}

func TestFunctionErrors(t *testing.T) {
	early := answer{functionError: "Unhandled", payload: `{"errorType": "Runtime.ImportModuleError", "errorMessage": "No module named 'boto3'"}`}
	late := answer{functionError: "Unhandled", payload: `{"errorType": "KeyError", "errorMessage": "'id'"}`}
	tests := []struct {
		name  string
		a     answer
		allow bool
		fails bool
	}{{"import", early, false, true}, {"import, allowed", early, true, true}, {"handler", late, false, true}, {"handler, allowed", late, true, false}}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, c := newFake(t)
			f.answer = func(int, *fakeFunction) answer { return test.a }
			opts := quick(twoArms()...)
			opts.AllowErrors = test.allow
			r, err := c.Run(t.Context(), opts)
			clean(t, f)
			var failed *FunctionError
			if errors.As(err, &failed) != test.fails {
				t.Fatalf("%v", err)
			}
			if test.fails && (failed.Arm == "" || failed.Init == (failed.Type == "KeyError")) {
				t.Errorf("%+v", failed)
			}
			if !test.fails && r.Arms[0].Samples[0].Failed != "KeyError: 'id'" {
				t.Errorf("%+v", r.Arms[0].Samples[0])
			}
		})
	}
}

func borrowedArms(f *fake) []Arm {
	for _, name := range []string{"prod-fat", "prod-slim"} {
		f.functions[name] = &fakeFunction{
			Name: name, Memory: 256, Tracing: "PassThrough", Revision: 40,
			Env: map[string]string{"SECRET": "s3cr3t", "STAGE": "prod"},
		}
	}
	return []Arm{{Name: "prod-fat", Function: "prod-fat"}, {Name: "prod-slim", Function: "prod-slim"}}
}

// restored holds borrowed functions to what they were.
func restored(t *testing.T, f *fake) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.functions) != 2 {
		t.Errorf("%d functions are there", len(f.functions))
	}
	for _, fn := range f.functions {
		if !maps.Equal(fn.Env, map[string]string{"SECRET": "s3cr3t", "STAGE": "prod"}) || fn.Memory != 256 || fn.Tracing != "PassThrough" {
			t.Errorf("not restored: %+v", fn)
		}
	}
}

func TestBorrowed(t *testing.T) {
	for _, sizes := range [][]int{nil, {128, 512}} {
		f, c := newFake(t)
		opts := quick(borrowedArms(f)...)
		opts.MemoryMB = sizes
		r, err := c.Run(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		restored(t, f)
		if want := max(1, len(sizes)) * 2; len(r.Arms) != want || r.Arms[0].Counted() != 6 || r.Arms[0].Function != "prod-fat" {
			t.Errorf("%d arms: %+v", len(r.Arms), r.Arms[0])
		}
		if sizes == nil && r.Arms[0].MemoryMB != 256 {
			t.Errorf("measured at %d MB", r.Arms[0].MemoryMB)
		}
	}
}

func TestBorrowedIsRefused(t *testing.T) {
	for name, change := range map[string]func(*fakeFunction){
		"remove it first": func(fn *fakeFunction) { fn.Env[marker] = "old" },
		"being updated":   func(fn *fakeFunction) { fn.busy = 1000 },
	} {
		f, c := newFake(t)
		arms := borrowedArms(f)
		change(f.functions["prod-fat"])
		if _, err := c.Run(t.Context(), quick(arms...)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v", err)
		}
		if n := f.calls["lambda:UpdateFunctionConfiguration"]; n > 0 {
			t.Errorf("%d updates of what was refused", n)
		}
	}
}

// TestChangedByOthers stops where somebody deploys meanwhile, whether that is still in
// progress or done, and takes out only what is its own.
func TestChangedByOthers(t *testing.T) {
	for name, busy := range map[string]int{"done": 0, "in progress": 3} {
		t.Run(name, func(t *testing.T) {
			f, c := newFake(t)
			arms := borrowedArms(f)
			updates := 0
			f.changing = func(fn *fakeFunction) {
				if updates++; updates == 5 {
					fn.Env = maps.Clone(fn.Env)
					fn.Env["STAGE"] = "new"
					fn.Memory = 1024
					fn.Revision += 10
					fn.busy = busy
				}
			}
			_, err := c.Run(t.Context(), quick(arms...))
			var changed *ChangedError
			var left *CleanupError
			if !errors.As(err, &changed) || errors.As(err, &left) {
				t.Fatalf("%v", err)
			}
			fn := f.functions[changed.Function]
			if !maps.Equal(fn.Env, map[string]string{"SECRET": "s3cr3t", "STAGE": "new"}) || fn.Memory != 1024 {
				t.Errorf("%+v", fn)
			}
		})
	}
}

// TestInterrupted cancels runs at every stage; nothing may stay.
func TestInterrupted(t *testing.T) {
	for _, action := range []string{
		"lambda:CreateFunction", "lambda:GetFunction", "lambda:InvokeFunction", "lambda:UpdateFunctionConfiguration", "xray:BatchGetTraces",
	} {
		for _, when := range []int{1, 3} {
			f, c := newFake(t)
			f.logs = true
			ctx, cancel := context.WithCancel(t.Context())
			stop := &stopper{after: when, cancel: cancel, action: action}
			f.fail = nil
			go stop.watch(ctx, f)
			f.late = 1 << 30
			opts := quick(twoArms()...)
			opts.Patience = time.Minute
			_, err := c.Run(ctx, opts)
			cancel()
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", action, err)
			}
			clean(t, f)
		}
	}
}

// stopper cancels once an action was called often enough.
type stopper struct {
	after  int
	action string
	cancel func()
}

func (s *stopper) watch(ctx context.Context, f *fake) {
	for ctx.Err() == nil {
		f.mu.Lock()
		n := f.calls[s.action]
		f.mu.Unlock()
		if n >= s.after {
			s.cancel()
		}
		_ = sleep(ctx, 100*time.Microsecond)
	}
}

func TestInterruptedBorrowed(t *testing.T) {
	for _, when := range []int{1, 2, 7} {
		f, c := newFake(t)
		arms := borrowedArms(f)
		ctx, cancel := context.WithCancel(t.Context())
		go (&stopper{after: when, cancel: cancel, action: "lambda:UpdateFunctionConfiguration"}).watch(ctx, f)
		_, err := c.Run(ctx, quick(arms...))
		cancel()
		var left *CleanupError
		if !errors.Is(err, context.Canceled) || errors.As(err, &left) {
			t.Errorf("%v", err)
		}
		restored(t, f)
	}
}

func TestCleanupFails(t *testing.T) {
	denied := slices.Repeat([]failure{{status: 403, kind: "AccessDeniedException"}}, 100)
	f, c := newFake(t)
	f.logs = true
	f.fail = map[string][]failure{"lambda:DeleteFunction": denied, "logs:DeleteLogGroup": denied}
	_, err := c.Run(t.Context(), quick(twoArms()...))
	var left *CleanupError
	if !errors.As(err, &left) {
		t.Fatalf("%v", err)
	}
	all := strings.Join(left.Commands, "\n")
	for _, name := range f.left() {
		name, isLog := strings.CutPrefix(name, "/aws/lambda/")
		want := "aws --region us-east-1 lambda delete-function --function-name " + name
		if isLog {
			want = "aws --region us-east-1 logs delete-log-group --log-group-name /aws/lambda/" + name
		}
		if !strings.Contains(all, want) {
			t.Errorf("no command like %s in\n%s", want, all)
		}
	}
	if len(left.Commands) != 8 {
		t.Errorf("%d commands:\n%s", len(left.Commands), all)
	}
}

func TestRestoreFails(t *testing.T) {
	f, c := newFake(t)
	arms := borrowedArms(f)
	opts := quick(arms[:1]...)
	opts.MemoryMB = nil
	opts.Progress = func(done, _ int) {
		if done == 6 {
			f.mu.Lock()
			f.fail["lambda:UpdateFunctionConfiguration"] = slices.Repeat([]failure{{status: 403, kind: "AccessDeniedException"}}, 9)
			f.mu.Unlock()
		}
	}
	_, err := c.Run(t.Context(), opts)
	var left *CleanupError
	if !errors.As(err, &left) {
		t.Fatalf("%v", err)
	}
	if strings.Contains(strings.Join(left.Commands, ""), "s3cr3t") || strings.Contains(left.Error(), "s3cr3t") {
		t.Error("a secret is printed")
	}
	var conf struct {
		FunctionName string
		MemorySize   int
		Environment  struct{ Variables map[string]string }
	}
	if err := json.Unmarshal(left.Restore["coldcut-restore-prod-fat.json"], &conf); err != nil {
		t.Fatal(err)
	}
	if conf.MemorySize != 256 || conf.Environment.Variables["SECRET"] != "s3cr3t" || len(conf.Environment.Variables) != 2 {
		t.Errorf("%+v", conf)
	}
	if want := "--cli-input-json file://coldcut-restore-prod-fat.json"; len(left.Commands) != 1 || !strings.HasSuffix(left.Commands[0], want) {
		t.Errorf("%q", left.Commands)
	}
}

func TestLargePackages(t *testing.T) {
	f, c := newFake(t)
	arms := twoArms()
	arms[0].Package.ZipBytes = directLimit + 1
	opts := quick(arms...)
	var large *TooLargeError
	if _, err := c.Run(t.Context(), opts); !errors.As(err, &large) || !large.Direct || len(f.calls) > 0 {
		t.Errorf("%v after %v", err, f.calls)
	}
	opts.Bucket = "bucket"
	used := false
	f.changing = func(fn *fakeFunction) { used = used || fn.Bucket == "bucket" && strings.HasPrefix(fn.Key, Prefix) }
	if _, err := c.Run(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	if !used || len(f.objects) != 2 {
		t.Errorf("objects %v", f.objects)
	}
	clean(t, f)
	arms[1].Package.Bytes = unpackedLimit + 1
	if _, err := c.Run(t.Context(), opts); !errors.As(err, &large) || large.Direct {
		t.Errorf("%v", err)
	}
}

// TestPolicy holds the policy to the actions that runs of every kind ask for: it
// has each of them, and no other.
func TestPolicy(t *testing.T) {
	used := map[string]bool{"iam:PassRole": true, "s3:GetObject": true} // asked for by Lambda in our name
	f, c := newFake(t)
	f.logs = true
	arms := twoArms()
	arms[0].Package.ZipBytes = directLimit + 1
	temporary := quick(arms...)
	temporary.Bucket = "bucket"
	if _, err := c.Run(t.Context(), temporary); err != nil {
		t.Fatal(err)
	}
	for action := range f.calls {
		used[action] = true
	}
	if got, want := actions(t, Policy(temporary)), slices.Sorted(maps.Keys(used)); !slices.Equal(got, want) {
		t.Errorf("temporary functions: the policy has\n%v\nused are\n%v", got, want)
	}
	f, c = newFake(t)
	borrowed := quick(borrowedArms(f)...)
	if _, err := c.Run(t.Context(), borrowed); err != nil {
		t.Fatal(err)
	}
	if got, want := actions(t, Policy(borrowed)), slices.Sorted(maps.Keys(f.calls)); !slices.Equal(got, want) {
		t.Errorf("borrowed functions: the policy has\n%v\nused are\n%v", got, want)
	}
}

func actions(t *testing.T, policy []byte) []string {
	t.Helper()
	var p struct{ Statement []statement }
	if err := json.Unmarshal(policy, &p); err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, s := range p.Statement {
		for _, a := range s.Action {
			all[a] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func TestEstimate(t *testing.T) {
	opts := quick(append(twoArms(), Arm{Name: "prod", Function: "prod"})...)
	opts.Samples = 30
	e := opts.Estimate()
	if e.Functions != 4 || !slices.Equal(e.Borrowed, []string{"prod"}) || e.ColdStarts != 4*31+2*30 {
		t.Errorf("%+v", e)
	}
	if e.USD < 0.001 || e.USD > 1 || e.Time < time.Minute || e.Time > time.Hour {
		t.Errorf("%+v", e)
	}
}
