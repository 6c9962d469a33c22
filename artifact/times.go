package artifact

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"time"
)

// timed is a source that knows when its files were modified.
type timed interface {
	times(f File, index int) []int64
}

// Times returns the times of modification, in seconds since 1970, that a regular file
// has where the package is used: that on disk; of a zip each that an unpacker may give
// it, the one of its extra fields and that of its header taken as UTC, which counts in
// steps of two seconds. None is known of what was edited.
func (a *Artifact) Times(path string) []int64 {
	i, ok := a.find(path)
	if !ok || a.bodies[i] == nil || a.bodies[i].edited() {
		return nil
	}
	if s, ok := a.source.(timed); ok {
		return s.times(a.files[i], a.bodies[i].index)
	}
	return nil
}

func (s *dirSource) times(f File, _ int) []int64 {
	info, err := os.Lstat(filepath.Join(s.root, filepath.FromSlash(f.Path)))
	if err != nil {
		return nil // whoever reads the file will be told
	}
	return []int64{info.ModTime().Unix()}
}

func (s *zipSource) times(_ File, index int) []int64 { return s.entries[index].times }

// The extra fields that hold times.
const (
	extraTimestamp = 0x5455 // Info-ZIP's, in seconds
	extraNTFS      = 0x000a // in 100 ns since 1601
)

// zipTimes reads the times of an entry in the central directory.
func zipTimes(date, clock uint16, extra []byte) []int64 {
	var all []int64
	if field, count := findExtra(extra, extraTimestamp); count == 1 && len(field) >= 5 && field[0]&1 != 0 {
		all = append(all, int64(int32(le.Uint32(field[1:]))))
	}
	if field, count := findExtra(extra, extraNTFS); count == 1 && len(field) >= 16 && le.Uint16(field[4:]) == 1 {
		const from1601To1970 = 11644473600
		all = append(all, int64(binary.LittleEndian.Uint64(field[8:])/1e7)-from1601To1970)
	}
	t := time.Date(1980+int(date>>9), time.Month(date>>5&0xf), int(date&0x1f), int(clock>>11), int(clock>>5&0x3f), int(clock&0x1f)*2, 0, time.UTC)
	return append(all, t.Unix())
}
