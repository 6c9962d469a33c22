package artifact

import (
	"os"
	"path/filepath"
	"testing"
)

// TestWriteFile replaces a file, and leaves nothing else.
func TestWriteFile(t *testing.T) {
	for name, write := range map[string]func(string, []byte) error{"synced": WriteFile, "unsynced": WriteFileUnsynced} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "a.json")
			for _, content := range []string{"first", "second", ""} {
				if err := write(file, []byte(content)); err != nil {
					t.Fatal(err)
				}
				data, err := os.ReadFile(file)
				if err != nil || string(data) != content {
					t.Errorf("holds %q, %v; want %q", data, err, content)
				}
			}
			entries, err := os.ReadDir(dir)
			if err != nil || len(entries) != 1 {
				t.Errorf("the folder holds %v, %v", entries, err)
			}
			if err := write(filepath.Join(dir, "absent", "a.json"), nil); err == nil {
				t.Error("writes into a folder that is not there")
			}
		})
	}
}
