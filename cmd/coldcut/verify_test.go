package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestVerifyNewest holds what slim makes of the newest boto3 to it, and to the
// lock in it: of a service that is listed there and gone, nothing else would tell.
func TestVerifyNewest(t *testing.T) {
	r := newReality(t, "", "boto3")
	dir := t.TempDir()
	fat, layer, slim := filepath.Join(dir, "fat.zip"), filepath.Join(dir, "slim.zip"), filepath.Join(dir, "slim")
	app := content{name: "app.py", mode: 0o644, data: []byte("import boto3\nboto3.client('sso').logout()\nboto3.client('connectparticipant')\n")}
	r.packZip(t, fat, "python", []content{app})
	cut(t, "slim", fat, "-o", layer, "--only", "services,versions,junk", "--no-verify", "--lock="+filepath.Join(dir, "coldcut.lock"))
	unzip(t, layer, slim)

	verdict, exit := verified(t, fat, layer, "--services", "connectparticipant,sts")
	if exit != exitOK || verdict.Differs != 0 || verdict.Same < 300 || len(verdict.Services) != 1 {
		t.Errorf("exit code %d: %+v", exit, verdict)
	}
	if err := os.RemoveAll(filepath.Join(slim, "python", "botocore", "data", "sso")); err != nil {
		t.Fatal(err)
	}
	verdict, exit = verified(t, fat, slim, "--only-case", "connectparticipant:GetAttachment:request/required")
	if exit != exitOK || verdict.Cases != 1 {
		t.Errorf("exit code %d: %+v", exit, verdict)
	}
	verdict, exit = verified(t, fat, slim, "--services", "sts")
	if exit != exitGate || verdict.Differs != 1 || verdict.Differences[0].Service != "sso" {
		t.Errorf("exit code %d: %+v", exit, verdict)
	}
}

type verdictJSON struct {
	Cases, Same, Differs int
	Services             map[string][]string
	Differences          []struct{ Service, Operation, Case string }
}

// verified runs coldcut verify and returns what it prints, and its exit code.
func verified(t *testing.T, args ...string) (verdictJSON, int) {
	t.Helper()
	stdout, stderr, code := coldcut(t, append([]string{"verify", "--format", "json"}, args...)...)
	var v verdictJSON
	if err := json.Unmarshal([]byte(stdout), &v); err != nil {
		t.Fatalf("%v: %s%s", err, stdout, stderr)
	}
	return v, code
}
