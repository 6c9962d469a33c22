package shake

import (
	"strings"
	"testing"
)

func TestWithHook(t *testing.T) {
	const client = "class BaseClient(object):\n    pass\n"
	hooked := string(withHook([]byte(client)))
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
	for _, test := range tests {
		if got := string(withHook([]byte(test.source))); got != test.want {
			t.Errorf("%s: got %s", test.name, got)
		}
	}
}
