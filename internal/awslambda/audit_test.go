package awslambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/audit"
	"github.com/coldcut/coldcut/internal/fleet"
	"github.com/coldcut/coldcut/internal/lambdasim"
	"github.com/coldcut/coldcut/internal/pyrun/pyruntest"
	"github.com/coldcut/coldcut/internal/shard"
	"github.com/coldcut/coldcut/internal/tinyboto"
)

// account serves an account of so many functions, with trouble before it.
func account(t *testing.T, count int, trouble *fleet.Trouble) string {
	t.Helper()
	runtimes := []string{"python" + pyruntest.Need(t, "").Language()}
	if old := pyruntest.Optional(t, "3.9"); old != nil {
		runtimes = append(runtimes, "python3.9")
	}
	sim, err := lambdasim.New(lambdasim.Options{Work: t.TempDir(), Unlimited: true, Unisolated: true})
	if err != nil {
		t.Fatal(err)
	}
	trouble.Lambda = sim
	direct, server := httptest.NewServer(sim), httptest.NewServer(trouble)
	t.Cleanup(func() {
		server.Close()
		direct.Close()
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	o := fleet.Options{URL: direct.URL, Region: localRegion, Runtimes: runtimes, Boto: tinyboto.Zip(t), Numbered: true}
	if err := o.Deploy(t.Context(), 0, count); err != nil {
		t.Fatal(err)
	}
	return server.URL
}

// kindOf is the kind of a function by its name.
func kindOf(t *testing.T, name string) fleet.Kind {
	t.Helper()
	kind := name[:strings.LastIndexByte(name, '-')]
	i := slices.IndexFunc(fleet.Kinds(), func(k fleet.Kind) bool { return k.Name == kind })
	if i < 0 {
		t.Fatalf("no kind has %s", name)
	}
	return fleet.Kinds()[i]
}

// nothingBut holds a folder to these files.
func nothingBut(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if !slices.Equal(names, want) {
		t.Errorf("%s holds %q, not %q", dir, names, want)
	}
}

// asAudited is what a test compares of a function.
func asAudited(f *audit.Function) string {
	data, err := json.Marshal(f)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// TestAudit audits 500 functions of twenty kinds, six of them in trouble, again, and
// in shards.
func TestAudit(t *testing.T) {
	const count = 500
	trouble := &fleet.Trouble{
		Denied: fleet.Name(20), Image: fleet.Name(41), Node: fleet.Name(62), Broken: fleet.Name(80), Torn: fleet.Name(101), Secret: fleet.Name(127),
	}
	url := account(t, count, trouble)
	data := t.TempDir()
	var told []int
	o := AuditOptions{Data: data, Program: "p"}
	o.Progress = func(done, total int) { told = append(told, done, total) }
	r, err := Audit(t.Context(), Place{Endpoint: url}, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(told) == 0 || told[len(told)-2] != count-1 || told[len(told)-1] != count-1 {
		t.Errorf("progress ends with %v", told[max(0, len(told)-2):])
	}
	if len(r.Functions) != count-1 || r.Skipped["nodejs22.x"] != 1 || r.Account != lambdasim.Account || !r.Local || r.Again != 0 {
		t.Errorf("%d functions, skipped %v, account %s, %d again", len(r.Functions), r.Skipped, r.Account, r.Again)
	}
	for i := range r.Functions {
		check(t, trouble, &r.Functions[i])
	}
	calls := trouble.Calls()
	if calls["GetLayerVersionByArn"] != 2 || calls["download of "+trouble.Torn] != 3 {
		t.Errorf("the layers were asked for %d times, the torn one %d", calls["GetLayerVersionByArn"], calls["download of "+trouble.Torn])
	}
	for name := range calls { // nothing but reads
		if name != "ListFunctions" && name != "GetFunction" && name != "GetLayerVersionByArn" && !strings.HasPrefix(name, "download") {
			t.Errorf("it called %s", name)
		}
	}
	nothingBut(t, data, "functions.jsonl", "functions.lock")
	again(t, trouble, url, o, r)
	inShards(t, url, r)
}

// check holds a function to what its kind and its trouble say.
func check(t *testing.T, trouble *fleet.Trouble, f *audit.Function) {
	t.Helper()
	k := kindOf(t, f.Name)
	want, why := audit.Verdict(k.Verdict), ""
	switch f.Name {
	case trouble.Denied:
		want, why = audit.NotRead, "AccessDeniedException: User: local is not authorized to perform: lambda:GetFunction"
	case trouble.Broken:
		want, why = audit.NotRead, "zip"
	case trouble.Image:
		want, why = audit.Image, "which an audit does not download: docker pull it, docker save"
	case trouble.Secret: // of the kind that ships more than its handler reaches
		k.Services, k.Note = "ec2 s3", "its environment cannot be read"
	}
	if f.Verdict != want || !strings.Contains(f.Why, why) {
		t.Errorf("%s: %s, %q, not %s", f.Name, f.Verdict, f.Why, want)
		return
	}
	if want == audit.NotRead || want == audit.Image {
		return
	}
	if got := strings.Join(f.Services, " "); got != k.Services && k.Services != "" {
		t.Errorf("%s: services %q, not %q", f.Name, got, k.Services)
	}
	if k.Note != "" && !strings.Contains(strings.Join(f.Notes, "\n"), k.Note) {
		t.Errorf("%s: notes %q", f.Name, f.Notes)
	}
	ships := k.Boto || slices.Contains(k.Layers, "boto")
	switch {
	case ships != (f.Boto != nil), want == audit.Slims != (f.Takes != nil):
		t.Errorf("%s: %s", f.Name, asAudited(f))
	case ships && (f.Boto.Boto3 != "1.99.0" || f.Boto.Layer != "" == k.Boto):
		t.Errorf("%s: boto3 %+v", f.Name, f.Boto)
	case want == audit.CannotTell && (f.UnresolvedPlaces != 1 || f.Unresolved[0].File != "app.py"):
		t.Errorf("%s: %+v", f.Name, f.Unresolved)
	case f.Takes != nil && (f.Takes.Files < 5 || f.Takes.Bytes < 150_000 || f.Start == nil || f.Start.LowMS <= 0):
		t.Errorf("%s: takes %+v, from the start %+v", f.Name, f.Takes, f.Start)
	}
}

// again audits once more: what has not changed is not downloaded.
func again(t *testing.T, trouble *fleet.Trouble, url string, o AuditOptions, first *audit.Result) {
	t.Helper()
	before := trouble.Calls()
	r, err := Audit(t.Context(), Place{Endpoint: url}, o)
	if err != nil {
		t.Fatal(err)
	}
	after := trouble.Calls()
	// The two that could not be read, and no more.
	if asked := after["GetFunction"] - before["GetFunction"]; asked != 2 || r.Again != len(r.Functions)-3 || after["download"] != before["download"] {
		t.Errorf("%d functions were asked for, %d are unchanged", asked, r.Again)
	}
	for i := range r.Functions {
		if got, want := asAudited(&r.Functions[i]), asAudited(&first.Functions[i]); got != want {
			t.Errorf("again: %s\nat first: %s", got, want)
		}
	}
	// Another program's words are not taken.
	o.Program = "q"
	if r, err = Audit(t.Context(), Place{Endpoint: url}, o); err != nil || r.Again != 0 {
		t.Errorf("another program: %v, %v", r.Again, err)
	}
}

// inShards audits in three parts: together they are the whole.
func inShards(t *testing.T, url string, whole *audit.Result) {
	t.Helper()
	data := t.TempDir()
	var parts []audit.Part
	for i := range 3 {
		r, err := Audit(t.Context(), Place{Endpoint: url}, AuditOptions{Data: data, Part: shard.Shard{Index: i + 1, Count: 3}})
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, audit.Part{Name: string(rune('a' + i)), Result: r})
	}
	merged, err := audit.Merge(parts)
	if err != nil {
		t.Fatal(err)
	}
	merged.Started, merged.Again = whole.Started, whole.Again
	got, err := json.Marshal(merged)
	if err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(got, want) {
		return
	}
	t.Error("the parts together are not the whole")
	for i := range whole.Functions {
		if a, b := asAudited(&merged.Functions[i]), asAudited(&whole.Functions[i]); a != b {
			t.Fatalf("%s\nnot\n%s", a, b)
		}
	}
}

// TestAuditStopped stops an audit: what is done is kept, and nothing else.
func TestAuditStopped(t *testing.T) {
	trouble := &fleet.Trouble{}
	url := account(t, 60, trouble)
	data := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	o := AuditOptions{Data: data, Progress: func(done, _ int) {
		if done == 20 {
			cancel()
		}
	}}
	_, err := Audit(ctx, Place{Endpoint: url}, o)
	var stopped *StoppedError
	if !errors.As(err, &stopped) || stopped.Done < 20 || stopped.Done == 60 || stopped.Total != 60 || !errors.Is(err, context.Canceled) {
		t.Fatalf("it ends with %v", err)
	}
	nothingBut(t, data, "functions.jsonl", "functions.lock")
	// A line that is not whole, as a run leaves that is killed, and code of it.
	name := filepath.Join(data, "functions.jsonl")
	lines, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(name, append(lines, `{"key":"x","func`...), 0o600)
	}
	if err = errors.Join(err, os.MkdirAll(filepath.Join(data, "functions-code", "layers"), 0o700)); err != nil {
		t.Fatal(err)
	}
	o.Progress = nil
	r, err := Audit(t.Context(), Place{Endpoint: url}, o)
	if err != nil || len(r.Functions) != 60 || r.Again < 20 || r.Again == 60 {
		t.Fatalf("%+v %v", r, err)
	}
	nothingBut(t, data, "functions.jsonl", "functions.lock")
}

// TestAuditKeeps keeps code where that was asked for, reads layers that no longer fit,
// and names the layer that may not be read.
func TestAuditKeeps(t *testing.T) {
	trouble := &fleet.Trouble{DeniedLayer: "helper", Throttle: 7}
	url := account(t, 20, trouble)
	data, keep := t.TempDir(), filepath.Join(t.TempDir(), "kept")
	o := AuditOptions{Data: data, Keep: keep, LayerBytes: 1, Parallel: 1}
	r, err := Audit(t.Context(), Place{Endpoint: url}, o)
	if err != nil {
		t.Fatal(err)
	}
	readable := 0
	for i := range r.Functions {
		f := &r.Functions[i]
		if slices.Contains(kindOf(t, f.Name).Layers, "helper") {
			if f.Verdict != audit.NotRead || !strings.Contains(f.Why, ":layer:helper:1 cannot be read: AccessDeniedException") {
				t.Errorf("%s: %s %s", f.Name, f.Verdict, f.Why)
			}
			continue
		}
		readable++
		kept := filepath.Join(keep, "functions", localRegion+"-"+f.Name+".zip")
		a, err := artifact.Open(kept, artifact.Options{})
		if err != nil {
			t.Error(err)
			continue
		}
		_ = a.Close()
	}
	if readable != 18 {
		t.Errorf("%d functions could be read", readable)
	}
	if n := trouble.Calls()["GetFunction"]; n != 23 { // three of them refused at first
		t.Errorf("functions were asked for %d times", n)
	}
	// With no room for it, the layer is downloaded for each that wants it.
	if n := trouble.Calls()["GetLayerVersionByArn"]; n < 4 {
		t.Errorf("layers were asked for %d times", n)
	}
	nothingBut(t, filepath.Join(keep, "layers"), "us-east-1-000000000000-layer-boto-1.zip")
	// Kept again is downloaded again.
	if r, err = Audit(t.Context(), Place{Endpoint: url}, o); err != nil || r.Again != 0 {
		t.Errorf("%+v %v", r, err)
	}
}

// TestAuditRegions lists each region once, and one run at a time.
func TestAuditRegions(t *testing.T) {
	trouble := &fleet.Trouble{}
	url := account(t, 20, trouble)
	data := t.TempDir()
	regions := []string{"us-east-1", "eu-west-1", "us-east-1"}
	r, err := Audit(t.Context(), Place{Endpoint: url}, AuditOptions{Data: data, Regions: regions})
	if err != nil || len(r.Functions) != 20 || strings.Join(r.Regions, " ") != "eu-west-1 us-east-1" {
		t.Fatalf("%+v %v", r, err)
	}
	j, err := audit.OpenJournal(data, "", shard.Shard{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	if _, err := Audit(t.Context(), Place{Endpoint: url}, AuditOptions{Data: data}); !errors.Is(err, artifact.ErrBusy) {
		t.Errorf("beside another run: %v", err)
	}
}

// TestDownloadRefuses downloads from nowhere but where Lambda says, and by its word.
func TestDownloadRefuses(t *testing.T) {
	aws := &Client{}
	for _, url := range []string{"", "http://example.com/a", "file:///etc/passwd", "ftp://example.com", "https:\n"} {
		if err := aws.download(t.Context(), zipped{url: url}, filepath.Join(t.TempDir(), "f")); err == nil || !errors.Is(err, errNowhere) {
			t.Errorf("%q: %v", url, err)
		}
	}
}
