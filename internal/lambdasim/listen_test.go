package lambdasim

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestListen(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "localhost:0"} {
		l, err := Listen(address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		_ = l.Close()
	}
	for _, address := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:80", "example.com:80", "127.0.0.1", "localhost.example.com:0", ""} {
		if l, err := Listen(address); err == nil {
			_ = l.Close()
			t.Errorf("listens on %q", address)
		}
	}
}

// TestFromHere refuses other machines, and names that lead here from a browser.
func TestFromHere(t *testing.T) {
	s, err := New(Options{Work: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for _, test := range []struct {
		from, host string
		want       int
	}{
		{"127.0.0.1:5", "127.0.0.1:9001", 403}, // not signed
		{"[::1]:5", "[::1]:9001", 403},
		{"127.0.0.1:5", "lambda.localhost", 403},
		{"192.0.2.1:5", "127.0.0.1:9001", 403},
		{"127.0.0.1:5", "evil.example:9001", 403},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/2015-03-31/functions/", nil)
		r.RemoteAddr, r.Host = test.from, test.host
		s.ServeHTTP(w, r)
		kind := w.Header().Get("X-Amzn-ErrorType")
		local := strings.HasPrefix(test.host, "127") && strings.HasPrefix(test.from, "127") || strings.HasPrefix(test.from, "[::1]") || strings.HasSuffix(test.host, ".localhost")
		if w.Code != test.want || (kind == "MissingAuthenticationTokenException") != local {
			t.Errorf("%+v: %d %s", test, w.Code, kind)
		}
	}
}
