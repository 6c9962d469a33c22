package artifact

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Distribution is an installed Python distribution. importlib.metadata, and
// all that is built on it, finds it by its dist-info directory.
type Distribution struct {
	Name    string
	Version string
	// Dir is the distribution's NAME-VERSION.dist-info directory.
	Dir string
	// Root is the directory that is on sys.path, and that the paths in RECORD
	// begin at; "" is the package's own root.
	Root string
}

// Distributions returns every *.dist-info directory that has METADATA, sorted
// by Dir. What METADATA does not say is taken from the directory's name.
func (a *Artifact) Distributions() ([]Distribution, error) {
	var found []Distribution
	for _, f := range a.files {
		dir, ok := strings.CutSuffix(f.Path, ".dist-info/METADATA")
		if !ok || f.Mode.IsDir() {
			continue
		}
		data, err := a.ReadFile(f.Path)
		if err != nil {
			return nil, err
		}
		d := Distribution{Dir: dir + ".dist-info", Root: parent(dir)}
		d.Name, d.Version = metadata(data)
		name, version, _ := strings.Cut(path.Base(dir), "-")
		d.Name, d.Version = cmp.Or(d.Name, name), cmp.Or(d.Version, version)
		found = append(found, d)
	}
	slices.SortFunc(found, func(d, e Distribution) int { return strings.Compare(d.Dir, e.Dir) })
	return found, nil
}

// metadata reads the two headers; a description follows the headers' end, and
// may hold anything.
func metadata(data []byte) (name, version string) {
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() && strings.TrimSpace(lines.Text()) != "" {
		key, value, _ := strings.Cut(lines.Text(), ":")
		switch strings.ToLower(key) {
		case "name":
			name = strings.TrimSpace(value)
		case "version":
			version = strings.TrimSpace(value)
		}
	}
	return name, version
}

// RewriteRecord makes a RECORD true again: it drops the rows of files that
// removed names, gives those that moved holds their new paths, and renews the
// hash and the size of those that changed holds, by its new path if it moved.
// All know files by their paths in the package; root is the distribution's.
// A row without a hash (bytecode, RECORD itself) stays without. All other
// bytes stay as they are: the order, the quotes, the line ends, and the rows of
// files outside the root.
func RewriteRecord(old []byte, root string, removed func(path string) bool, moved map[string]string, changed map[string][]byte) ([]byte, error) {
	out := make([]byte, 0, len(old))
	for line := 1; len(old) > 0; line++ {
		row, err := cutRow(&old)
		if err != nil {
			return nil, fmt.Errorf("row %d of RECORD: %w", line, err)
		}
		where, inside := row.path(root)
		if to, ok := moved[where]; ok && inside {
			row.move(root, to)
			where = to
		}
		if inside && removed != nil && removed(where) {
			continue
		}
		if data, ok := changed[where]; ok && inside {
			out = append(out, row.renewed(data)...)
		} else {
			out = append(out, row.raw...)
		}
	}
	return out, nil
}

// AddToRecord adds rows for new files to a RECORD: each after the row of the file
// that it lies beside, as beside has it, sorted, with hash and size if that row has
// them, and those beside a new one after that. What it lists already, or lies beside
// what it does not list, is left out.
// Paths are those in the package; root is the distribution's.
func AddToRecord(record []byte, root string, beside map[string][]string, data func(name string) []byte) ([]byte, error) {
	var rows []recordRow
	listed := map[string]bool{}
	for line, rest := 1, record; len(rest) > 0; line++ {
		row, err := cutRow(&rest)
		if err != nil {
			return nil, fmt.Errorf("row %d of RECORD: %w", line, err)
		}
		rows = append(rows, row)
		if where, inside := row.path(root); inside {
			listed[where] = true
		}
	}
	var out []byte
	for i := range rows {
		out = append(out, rows[i].raw...)
		if where, inside := rows[i].path(root); inside && len(rows[i].fields) >= 3 {
			out = rows[i].addBeside(out, root, where, func(name string) []string {
				return slices.DeleteFunc(slices.Sorted(slices.Values(beside[name])), func(name string) bool { return listed[name] })
			}, data)
		}
	}
	return out, nil
}

// addBeside appends a row like this one for each file beside it, and for what lies
// beside that.
func (r *recordRow) addBeside(out []byte, root, where string, beside func(string) []string, data func(string) []byte) []byte {
	for _, name := range beside(where) {
		if len(r.end) == 0 {
			out = append(out, '\n')
		}
		added := recordRow{fields: slices.Clone(r.fields), end: r.end}
		added.move(root, name)
		out = append(out, added.renewed(data(name))...)
		out = r.addBeside(out, root, name, beside, data)
	}
	return out
}

// recordRow is one row: its raw bytes, and its fields, raw as well.
type recordRow struct {
	raw    []byte
	fields [][]byte
	end    []byte // the line end
}

var errQuote = errors.New("a quote that does not end")

// cutRow takes the first row off the text.
func cutRow(text *[]byte) (recordRow, error) {
	var row recordRow
	start, quoted, t := 0, false, *text
	for i, c := range t {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ',':
			row.fields = append(row.fields, t[start:i])
			start = i + 1
		case c == '\n':
			stop := i
			if i > start && t[i-1] == '\r' {
				stop--
			}
			row.fields = append(row.fields, t[start:stop])
			row.raw, row.end = t[:i+1], t[stop:i+1]
			*text = t[i+1:]
			return row, nil
		}
	}
	if quoted {
		return row, errQuote
	}
	row.fields = append(row.fields, t[start:])
	row.raw, *text = t, nil
	return row, nil
}

// path is the row's file as a path in the package; false if it is not below
// the root.
func (r *recordRow) path(root string) (string, bool) {
	name := string(r.fields[0])
	if len(name) > 1 && name[0] == '"' && name[len(name)-1] == '"' {
		name = strings.ReplaceAll(name[1:len(name)-1], `""`, `"`)
	}
	name = strings.ReplaceAll(name, `\`, "/") // as old installers wrote on Windows
	if name == "" || name[0] == '/' || len(name) > 1 && name[1] == ':' {
		return "", false
	}
	where := Installed(root, name)
	if where == "." || where == ".." || strings.HasPrefix(where, "../") || root != "" && !strings.HasPrefix(where, root+"/") {
		return "", false
	}
	return where, true
}

// move gives the row's file another path in the package.
func (r *recordRow) move(root, to string) {
	name := to
	if root != "" {
		name = strings.TrimPrefix(to, root+"/")
	}
	if strings.ContainsAny(name, "\",\r\n") {
		name = `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	}
	r.fields[0] = []byte(name)
	r.raw = append(bytes.Join(r.fields, []byte(",")), r.end...)
}

// renewed is the row with the hash and the size of data.
func (r *recordRow) renewed(data []byte) []byte {
	if len(r.fields) < 3 || len(r.fields[1]) == 0 {
		return r.raw
	}
	sum := sha256.Sum256(data)
	fields := append([][]byte{
		r.fields[0],
		[]byte("sha256=" + base64.RawURLEncoding.EncodeToString(sum[:])),
		strconv.AppendInt(nil, int64(len(data)), 10),
	}, r.fields[3:]...)
	return append(bytes.Join(fields, []byte(",")), r.end...)
}
