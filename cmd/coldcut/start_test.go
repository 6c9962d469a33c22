package main

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// What packages may put on the heap before main begins, in bytes: each start of the
// program pays for it, also that of a traced run. One regexp takes some 3 KB, the
// tables of one service of the AWS SDK up to 700.
const mostAtInit, mostAtInitOfOurs = 2_200_000, 5_000

// TestStart holds our packages to making no tables, regexps and templates before
// somebody asks for them, and the modules that are linked to a bound.
func TestStart(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^$")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	total, ours := 0, 0
	for _, m := range regexp.MustCompile(`(?m)^init (\S+) @.* (\d+) bytes, \d+ allocs$`).FindAllStringSubmatch(string(out), -1) {
		bytes, _ := strconv.Atoi(m[2])
		total += bytes
		if !strings.HasPrefix(m[1], module+"/") || m[1] == module+"/cmd/coldcut" { // which has its tests in it here
			continue
		}
		ours++
		if bytes > mostAtInitOfOurs {
			t.Errorf("%s puts %d bytes on the heap at init: make what it needs when it is asked for (sync.OnceValue)", m[1], bytes)
		}
	}
	if total > mostAtInit {
		t.Errorf("all packages put %d bytes on the heap at init: a module with large tables came in", total)
	}
	if ours < 3 {
		t.Fatalf("the runtime told of %d of our packages:\n%s", ours, out)
	}
}
