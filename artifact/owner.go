package artifact

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"path"
	"strings"
)

// Owners maps each file that a distribution's RECORD lists to that
// distribution's name, the scripts included that pip --target moves to bin/
// while RECORD still names them where a virtual environment has them. Of
// several that list a file it is the last.
func (a *Artifact) Owners() (map[string]string, error) {
	all, err := a.AllOwners()
	owners := make(map[string]string, len(all))
	for name, of := range all {
		owners[name] = of[len(of)-1]
	}
	return owners, err
}

// AllOwners is [Artifact.Owners] with all distributions that list a file.
func (a *Artifact) AllOwners() (map[string][]string, error) {
	dists, err := a.Distributions()
	if err != nil {
		return nil, err
	}
	owners := map[string][]string{}
	for _, d := range dists {
		rows, err := a.recordRows(d)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			name := Installed(d.Root, row)
			if _, ok := a.Lookup(name); ok {
				owners[name] = append(owners[name], d.Name)
			}
		}
	}
	return owners, nil
}

// recordRows returns the paths in a distribution's RECORD, as they are written.
func (a *Artifact) recordRows(d Distribution) ([]string, error) {
	name := path.Join(d.Dir, "RECORD")
	if _, ok := a.Lookup(name); !ok {
		return nil, nil
	}
	data, err := a.ReadFile(name)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", a.Path(), name, err)
	}
	var names []string
	for _, row := range rows {
		names = append(names, row[0])
	}
	return names, nil
}

// Installed is the place inside the artifact of a file that a RECORD below root
// lists as row.
func Installed(root, row string) string {
	if up := strings.TrimLeft(row, "./"); strings.HasPrefix(row, "../") && strings.HasPrefix(up, "bin/") {
		return path.Join(root, up)
	}
	return path.Join(root, row)
}
