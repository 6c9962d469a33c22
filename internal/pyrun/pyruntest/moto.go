package pyruntest

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"
)

// Moto runs moto's imitation of AWS, which was written by people who know nothing of this
// project, until the test ends, and returns its URL.
func Moto(t *testing.T) string {
	t.Helper()
	python := Need(t, "")
	site := Install(t, python, "moto[server]==5.2.1")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(free.Addr().String()) // as it wrote it
	_ = free.Close()
	cmd := exec.CommandContext(t.Context(), python.Path, "-m", "moto.server", "-H", "127.0.0.1", "-p", port)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+site, "PYTHONDONTWRITEBYTECODE=1", "AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
	})
	url := "http://127.0.0.1:" + port
	for range 600 {
		if r, err := http.Get(url + "/moto-api/data.json"); err == nil {
			_ = r.Body.Close() // nobody reads it
			return url
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("moto does not answer")
	return ""
}
