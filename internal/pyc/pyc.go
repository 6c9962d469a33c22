// Package pyc reads and writes the files in which CPython keeps bytecode.
//
// Python takes bytecode by the time and size of its source, by its hash, or
// unchecked (PEP 552). The first goes stale wherever a packager writes other times,
// and from Lambda's read-only folder what is stale is compiled again at every cold
// start. Which of the three it is stands in the header, and the code behind it is the
// same, so that fresh bytecode is made lasting without an interpreter.
package pyc

import (
	"encoding/binary"
	"math/bits"
	"regexp"
	"strings"
	"sync"
)

// headerSize is the length of what precedes the code (PEP 552).
const headerSize = 16

// Check says by what Python takes bytecode.
type Check int

// The checks.
const (
	// ByTime compares the time and the size of the source.
	ByTime Check = iota
	// Unchecked bytecode is taken as it is.
	Unchecked
	// ByHash compares the hash of the source.
	ByHash
)

// flags are the header's, by check.
var flags = map[Check]uint32{ByTime: 0, Unchecked: 0b01, ByHash: 0b11}

// magics are the numbers that the final releases of CPython begin bytecode with; they
// do not change within a minor version. Before a release they do with every change of
// the bytecode. Source: Lib/importlib/_bootstrap_external.py, in 3.14
// Include/internal/pycore_magic_number.h.
var magics = map[string]uint16{
	"3.7": 3394, "3.8": 3413, "3.9": 3425, "3.10": 3439, "3.11": 3495, "3.12": 3531, "3.13": 3571, "3.14": 3627, "3.15": 3666,
}

// Magic is the number that bytecode of a final release of a language version, such as
// "3.13", begins with; false where it is not known or has no flags to say how it is
// checked, as before 3.7.
func Magic(language string) (uint16, bool) {
	m, ok := magics[language]
	return m, ok
}

// prefix are the first four bytes of bytecode.
func prefix(magic uint16) uint32 { return uint32(magic) | uint32('\r')<<16 | uint32('\n')<<24 }

// Encode puts a header before code. The hash is the one of [Hash].
func Encode(magic uint16, check Check, hash uint64, code []byte) []byte {
	out := make([]byte, headerSize, headerSize+len(code))
	binary.LittleEndian.PutUint32(out, prefix(magic))
	binary.LittleEndian.PutUint32(out[4:], flags[check])
	binary.LittleEndian.PutUint64(out[8:], hash)
	return append(out, code...)
}

// File is what the header of bytecode says, and what follows it.
type File struct {
	Magic uint16
	Check Check
	// Time, in seconds since 1970 modulo 2^32, and Size, in bytes, are those of the
	// source, if that is what it is checked by.
	Time, Size uint32
	Hash       uint64 // of the source, if it is checked by that
	Code       []byte
}

// Decode reads bytecode of Python 3.7 or later; false where it is none.
func Decode(data []byte) (File, bool) {
	if len(data) <= headerSize || data[2] != '\r' || data[3] != '\n' {
		return File{}, false
	}
	f := File{Magic: binary.LittleEndian.Uint16(data), Code: data[headerSize:]}
	switch binary.LittleEndian.Uint32(data[4:]) {
	case flags[ByTime]:
		f.Time, f.Size = binary.LittleEndian.Uint32(data[8:]), binary.LittleEndian.Uint32(data[12:])
	case flags[Unchecked]:
		f.Check = Unchecked
	case flags[ByHash]:
		f.Check, f.Hash = ByHash, binary.LittleEndian.Uint64(data[8:])
	default:
		return File{}, false
	}
	return f, f.Code[0]&^flagRef == 'c'
}

// named matches the name of a source's bytecode (PEP 3147).
var named = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:(.*)/)?__pycache__/([^/]+)\.cpython-3(\d+)(?:\.opt-[^./]+)?\.pyc$`)
})

// Source is the path of the source that a file in __pycache__ was compiled from, and
// the language version that did it; empty where the file is not named like that.
func Source(path string) (source, language string) {
	m := named().FindStringSubmatch(path)
	if m == nil {
		return "", ""
	}
	return strings.TrimPrefix(m[1]+"/"+m[2]+".py", "/"), "3." + m[3]
}

// Hash is the hash of a source that bytecode of this magic number carries: SipHash with
// that number as its key, of one round and three since 3.11, of two and four before.
// Source: _imp.source_hash, _Py_KeyedHash in Python/pyhash.c.
func Hash(magic uint16, source []byte) uint64 {
	if magic >= magics["3.11"] {
		return sipHash(uint64(prefix(magic)), 1, 3, source)
	}
	return sipHash(uint64(prefix(magic)), 2, 4, source)
}

// sipHash is that of Aumasson and Bernstein, with the key's upper half zero.
func sipHash(key uint64, compress, finish int, data []byte) uint64 {
	v := [4]uint64{key ^ 0x736f6d6570736575, 0x646f72616e646f6d, key ^ 0x6c7967656e657261, 0x7465646279746573}
	rounds := func(n int) {
		for range n {
			v[0] += v[1]
			v[2] += v[3]
			v[1] = bits.RotateLeft64(v[1], 13) ^ v[0]
			v[3] = bits.RotateLeft64(v[3], 16) ^ v[2]
			v[0] = bits.RotateLeft64(v[0], 32)
			v[2] += v[1]
			v[0] += v[3]
			v[1] = bits.RotateLeft64(v[1], 17) ^ v[2]
			v[3] = bits.RotateLeft64(v[3], 21) ^ v[0]
			v[2] = bits.RotateLeft64(v[2], 32)
		}
	}
	word := func(m uint64) {
		v[3] ^= m
		rounds(compress)
		v[0] ^= m
	}
	last := uint64(len(data)) << 56
	for ; len(data) >= 8; data = data[8:] {
		word(binary.LittleEndian.Uint64(data))
	}
	for i, b := range data {
		last |= uint64(b) << (8 * i)
	}
	word(last)
	v[2] ^= 0xff
	rounds(finish)
	return v[0] ^ v[1] ^ v[2] ^ v[3]
}
