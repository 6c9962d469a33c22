//go:build unix

package main

import (
	"archive/zip"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/coldcut/coldcut/internal/fleet"
)

// auditRate measures `coldcut audit` of accounts of twenty kinds of functions in the local
// Lambda: twelve of them with the newest boto3 in the package, four with it in a layer.
func auditRate(ctx context.Context, s *setting) (err error) {
	dir, err := s.function(ctx)
	if err != nil {
		return err
	}
	name, err := s.zip(ctx, dir)
	if err != nil {
		return err
	}
	boto, err := zip.OpenReader(name)
	if err != nil {
		return err
	}
	defer func() { _ = boto.Close() }() // it was only read
	for _, f := range boto.File {
		_, f.Name, _ = strings.Cut(f.Name, "/") // the folder that was packed
	}
	boto.File = slices.DeleteFunc(boto.File, func(f *zip.File) bool { return f.Name == "app.py" || f.Name == "" || strings.HasSuffix(f.Name, "/") })
	account := fleet.Options{Region: "us-east-1", Runtimes: []string{"python" + s.python.Language()}, Boto: &boto.Reader}
	rows := [][]string{{"functions", "time", "CPU time", "functions a second", "CPU time each", "peak memory", "again", "peak memory"}}
	for _, n := range s.functions {
		row, err := s.audited(ctx, account, n)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	table(fmt.Sprintf("coldcut audit of a local Lambda, %d at a time", runtime.NumCPU()), rows...)
	return nil
}

// audited takes one audit of so many functions, and one more of the same.
func (s *setting) audited(ctx context.Context, account fleet.Options, n int) (row []string, err error) {
	lambda, data := filepath.Join(s.work, "audit-lambda"), filepath.Join(s.work, "audit-data")
	if err := errors.Join(os.RemoveAll(lambda), os.RemoveAll(data)); err != nil {
		return nil, err
	}
	if err := s.populate(ctx, account, lambda, n); err != nil {
		return nil, err
	}
	url, stop, err := s.serve(ctx, lambda)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop(), os.RemoveAll(lambda)) }()
	args := []string{"audit", "--endpoint", url, "--data", data, "--save", filepath.Join(s.work, fmt.Sprintf("audit-%d.json", n))}
	first, err := runOnce(ctx, s.coldcut, args...)
	if err != nil {
		return nil, err
	}
	again, err := runOnce(ctx, s.coldcut, args...)
	if err != nil {
		return nil, err
	}
	return []string{
		fmt.Sprint(n), ms(first.wall), ms(first.cpu), fmt.Sprintf("%.1f", float64(n)/first.wall.Seconds()), fmt.Sprintf("%.0f ms", first.cpu.Seconds()*1000/float64(n)),
		megabytes(first.peak), ms(again.wall), megabytes(again.peak),
	}, nil
}

// populate makes the data of a local Lambda with n functions. Each kind is uploaded
// once, which takes long enough, and then multiplied: an audit downloads each function's
// code, whether another has the same or not.
func (s *setting) populate(ctx context.Context, account fleet.Options, lambda string, n int) error {
	url, stop, err := s.serve(ctx, lambda)
	if err != nil {
		return err
	}
	account.URL = url
	if err := errors.Join(account.Deploy(ctx, 0, len(fleet.Kinds())), stop()); err != nil {
		return err
	}
	name := filepath.Join(lambda, "state.json")
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if data, err = fleet.Multiply(data, n); err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o600)
}

// served is the URL in what coldcut serve says first.
var served = regexp.MustCompile(`http://[0-9.:]+`)

// serve starts a local Lambda in a process of its own: this one must stay small, see
// runOnce.
func (s *setting) serve(ctx context.Context, data string) (url string, stop func() error, err error) {
	cmd := exec.CommandContext(ctx, s.coldcut, "serve", "--listen", "127.0.0.1:0", "--data", data)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() error {
		_ = cmd.Process.Signal(syscall.SIGTERM) // if it has ended, Wait says how
		return cmd.Wait()
	}
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	if url = served.FindString(line); url == "" {
		return "", nil, errors.Join(fmt.Errorf("coldcut serve says %q", line), err, stop())
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }() // the rest is for people
	return url, stop, nil
}
