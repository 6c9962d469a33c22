package shake

import (
	"strings"
	"testing"

	"github.com/coldcut/coldcut/plan"
)

func TestWithHook(t *testing.T) {
	const client = "class BaseClient(object):\n    pass\n"
	hooked := string(withHook([]byte(client), helpHook))
	if !strings.HasPrefix(hooked, client) || !strings.HasSuffix(hooked, helpEnd) {
		t.Fatalf("got %s", hooked)
	}
	tests := []struct{ name, source, want string }{
		{"blank lines at the end", client + "\n\n", hooked},
		{"no last line end", strings.TrimSuffix(client, "\n"), hooked},
		{"twice", hooked, hooked},
		{"an older hook", strings.Replace(hooked, "_coldcut_start()", "pass", 1), hooked},
		{"something after it", hooked + "x = 1\n", hooked + "x = 1\n"},
		{"other line ends", "x\r\n", "x\r\n" + string(helpHook)},
	}
	with := string(withHook([]byte(client), hookOf(&plan.Plan{Fallback: plan.RuntimeFallback})))
	if !strings.Contains(with, "_coldcut_fall_back('load_service_model')\n"+helpEnd) {
		t.Errorf("with the fallback it is %s", with)
	}
	if got := string(withHook([]byte(with), helpHook)); got != hooked {
		t.Errorf("without it again: %s", got)
	}
	for _, test := range tests {
		if got := string(withHook([]byte(test.source), helpHook)); got != test.want {
			t.Errorf("%s: got %s", test.name, got)
		}
	}
}
