package lambdasim

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// tailSize is how much of a log Invoke returns with LogType Tail, in bytes.
const tailSize = 4 << 10

// logSize is how much of an invocation's log is kept.
const logSize = 256 << 10

// functionLog is what an environment writes: what the runtime prints, and the lines
// that Lambda adds.
type functionLog struct {
	mu    sync.Mutex
	text  []byte
	sink  func(line string)
	read  *os.File
	write *os.File // our end of the runtime's pipe, for marks
	marks map[string]chan struct{}
	rest  []byte // what came after the last line
	done  chan struct{}
}

// newFunctionLog makes the pipe that a process gets as its output.
func newFunctionLog(sink func(line string)) (*functionLog, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	l := &functionLog{sink: sink, read: r, write: w, marks: map[string]chan struct{}{}, done: make(chan struct{})}
	go l.run()
	return l, nil
}

// run reads the pipe until its last writer is gone, or the log is closed.
func (l *functionLog) run() {
	defer close(l.done)
	buf := make([]byte, 32<<10)
	for {
		n, err := l.read.Read(buf)
		if n > 0 {
			l.arrived(buf[:n])
		}
		if err != nil {
			return
		}
	}
}

// mark begins what only we write into the pipe. No program prints it by chance: the
// rest of a mark is random.
const mark = "\x00coldcut:"

// sync waits until everything that was written into the pipe before has arrived. A
// process's output and its answer come by two ways, and the answer may be faster.
func (l *functionLog) sync() {
	id := mark + randomHex(8) + "\x00"
	seen := make(chan struct{})
	l.mu.Lock()
	l.marks[id] = seen
	l.mu.Unlock()
	if _, err := io.WriteString(l.write, id); err != nil {
		return
	}
	select {
	case <-seen:
	case <-l.done:
	case <-time.After(5 * time.Second): // whoever holds the pipe does not read it
	}
}

// arrived adds what was read, without the marks in it.
func (l *functionLog) arrived(p []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	data := append(l.rest, p...)
	l.rest = nil
	for {
		i := bytes.Index(data, []byte(mark))
		if i < 0 {
			break
		}
		end := bytes.IndexByte(data[i+len(mark):], 0)
		if end < 0 {
			l.add(data[:i])
			l.rest = bytes.Clone(data[i:])
			return
		}
		end += i + len(mark) + 1
		l.add(data[:i])
		if seen := l.marks[string(data[i:end])]; seen != nil {
			delete(l.marks, string(data[i:end]))
			close(seen)
		}
		data = data[end:]
	}
	// A mark may have been cut in two.
	if i := bytes.LastIndexByte(data, 0); i >= 0 && bytes.HasPrefix([]byte(mark), data[i:]) {
		l.rest = bytes.Clone(data[i:])
		data = data[:i]
	}
	l.add(data)
}

func (l *functionLog) add(p []byte) {
	if len(p) == 0 {
		return
	}
	l.text = append(l.text, p...)
	if over := len(l.text) - logSize; over > 0 {
		l.text = append(l.text[:0], l.text[over:]...)
	}
	if l.sink != nil {
		l.sink(string(p))
	}
}

// printf adds a line of Lambda's own.
func (l *functionLog) printf(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(fmt.Appendf(nil, format, args...))
}

// tail returns the end of the log and begins a new one.
func (l *functionLog) tail() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.text
	l.text = nil
	return text[max(0, len(text)-tailSize):]
}

// close ends the log; whoever still holds the pipe writes into nothing.
func (l *functionLog) close() {
	_ = l.write.Close() // nothing is buffered
	_ = l.read.Close()
	<-l.done
}
