//go:build unix

package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/coldcut/coldcut/internal/example"
)

// traced are programs that spend their time in boto: the worst cases for a hook.
// Turns is how many times as often as asked for each runs: what is short is noisy.
var traced = []struct {
	name   string
	turns  int
	source string
}{
	{"one client, one stubbed call", 20, `
import boto3
from botocore.stub import Stubber
client = boto3.client("dynamodb")
with Stubber(client) as stub:
    stub.add_response("list_tables", {})
    client.list_tables()
`},
	{"10,000 stubbed calls", 3, `
import boto3
from botocore.stub import Stubber
client = boto3.client("dynamodb")
with Stubber(client) as stub:
    for _ in range(10000):
        stub.add_response("get_item", {})
        client.get_item(TableName="notes", Key={"id": {"S": "1"}})
`},
	{"50 tests with moto, three calls each", 1, `
import unittest
import boto3
from moto import mock_aws

def test():
    with mock_aws():
        queue = boto3.resource("sqs").create_queue(QueueName="notes")
        queue.send_message(MessageBody="a note")
        assert [m.body for m in queue.receive_messages()] == ["a note"]

suite = unittest.TestSuite(unittest.FunctionTestCase(test) for _ in range(50))
assert unittest.TextTestRunner().run(suite).wasSuccessful()
`},
}

// trace compares runs under coldcut trace with the same runs without.
func trace(ctx context.Context, s *setting) error {
	dir := filepath.Join(s.work, "moto-"+s.python.Language())
	if err := (example.Kit{Out: os.Stderr}).Install(ctx, s.python, dir, "moto"); err != nil {
		return err
	}
	coldcut, err := filepath.Abs(s.coldcut)
	if err != nil {
		return err
	}
	env := []string{"PYTHONPATH=" + dir, "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "AWS_DEFAULT_REGION=eu-west-1"}
	rows := [][]string{{"", "turns", "alone", "traced", "ratio", "least CPU time alone", "traced", "ratio", "median of the turns' ratios of CPU time"}}
	for i, program := range traced {
		script := filepath.Join(s.work, fmt.Sprintf("traced-%d.py", i))
		if err := os.WriteFile(script, []byte(program.source), 0o644); err != nil {
			return err
		}
		alone := append(env, s.python.Path, script)
		with := append(env, coldcut, "trace", "-o", filepath.Join(s.work, "trace.json"), "--", s.python.Path, script)
		turns := s.runs * program.turns
		a, b, err := inTurns(ctx, turns, alone, with)
		if err != nil {
			return err
		}
		rows = append(rows, []string{
			program.name, fmt.Sprint(turns),
			ms(median(a, wall)), ms(median(b, wall)), ratio(median(b, wall), median(a, wall)),
			ms(least(a, cpu)), ms(least(b, cpu)), ratio(least(b, cpu), least(a, cpu)), paired(b, a, cpu),
		})
	}
	table("Runs under coldcut trace; a ratio below 1.05 is promised", rows...)
	return nil
}

// inTurns runs two commands of env(1), now this one, now that.
func inTurns(ctx context.Context, runs int, one, other []string) (a, b []sample, err error) {
	for n := range runs + 1 {
		for args, samples := range map[*[]string]*[]sample{&one: &a, &other: &b} {
			took, err := runOnce(ctx, "env", *args...)
			if err != nil {
				return nil, nil, err
			}
			if n > 0 { // the first fills the page cache and writes bytecode
				*samples = append(*samples, took)
			}
		}
	}
	return a, b, nil
}

// paired is the median of the ratios of two runs that followed each other, which a
// machine that is busy for a while disturbs alike.
func paired(these, those []sample, of func(sample) time.Duration) string {
	ratios := make([]float64, len(these))
	for i := range these {
		ratios[i] = float64(of(these[i])) / float64(of(those[i]))
	}
	return fmt.Sprintf("%.3f", median(ratios, func(r float64) float64 { return r }))
}

// least is what a busy machine disturbs least.
func least(samples []sample, of func(sample) time.Duration) time.Duration {
	return of(slices.MinFunc(samples, func(a, b sample) int { return cmp.Compare(of(a), of(b)) }))
}

func ratio(a, b time.Duration) string { return fmt.Sprintf("%.3f", float64(a)/float64(b)) }
