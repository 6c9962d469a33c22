//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/coldcut/coldcut/artifact"
	"github.com/coldcut/coldcut/internal/example"
	"github.com/coldcut/coldcut/plan"
	"github.com/coldcut/coldcut/scan"
	"github.com/coldcut/coldcut/shake"
)

// handful is what the usual function asks for.
var handful = []asking{
	{"s3", "client.get_object(), client.put_object(), client.list_objects_v2()"},
	{"dynamodb", "client.get_item(), client.put_item(), client.query()"},
	{"sqs", "client.send_message(), client.receive_message(), client.delete_message()"},
}

// proof measures what it costs to cut the models of the usual handful of operations,
// and to prove it.
func proof(ctx context.Context, s *setting) error {
	dir, err := s.asks(ctx, "proof-function", handful)
	if err != nil {
		return err
	}
	out := filepath.Join(s.work, "proof")
	var with, without []sample
	for n := range s.runs + 1 {
		for _, proven := range []bool{false, true} {
			if err := os.RemoveAll(out); err != nil {
				return err
			}
			took, err := runOnce(ctx, s.coldcut, "slim", "--no-cache", dir, "-o", out, fmt.Sprintf("--no-verify=%t", !proven))
			switch {
			case err != nil:
				return err
			case n == 0: // it fills the page cache
			case proven:
				with = append(with, took)
			default:
				without = append(without, took)
			}
		}
	}
	pass, err := s.modelsPass(ctx, dir)
	if err != nil {
		return err
	}
	data, err := example.DiskUsage(ctx, filepath.Join(out, "botocore", "data"))
	if err != nil {
		return err
	}
	own, err := serviceData(ctx, out)
	if err != nil {
		return err
	}
	table(fmt.Sprintf("s3, dynamodb and sqs at three operations each, boto3 %s, median of %d", example.Release(dir, "boto3"), s.runs),
		[]string{"", "time", "CPU time"},
		[]string{"`slim --no-verify`", ms(median(without, wall)), ms(median(without, cpu))},
		[]string{"`slim`", ms(median(with, wall)), ms(median(with, cpu))},
		[]string{"what the proof adds", ms(median(with, wall) - median(without, wall)), ms(median(with, cpu) - median(without, cpu))},
		[]string{"the pass models alone", ms(pass), ""},
	)
	fmt.Printf("\nbotocore/data takes %s on disk, the three services of it %s; at most 5 s, 300 ms and 250 KB are promised.\n", example.Size(data), example.Size(own))
	return nil
}

// serviceData is what the folders of the services take on disk.
func serviceData(ctx context.Context, dir string) (sum int64, err error) {
	for _, name := range []string{"s3", "dynamodb", "sqs"} {
		n, err := example.DiskUsage(ctx, filepath.Join(dir, "botocore", "data", name))
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// modelsPass times what the pass does, without the others.
func (s *setting) modelsPass(ctx context.Context, dir string) (time.Duration, error) {
	fat, err := artifact.Open(dir, artifact.Options{})
	if err != nil {
		return 0, err
	}
	defer func() { _ = fat.Close() }() // it was only read
	uses, err := scan.Scan(ctx, fat, scan.Options{})
	if err != nil {
		return 0, err
	}
	var took [2][]sample
	for range s.runs {
		for i, passes := range [][]string{{plan.ServicesPass}, {plan.ServicesPass, plan.ModelsPass}} {
			p, err := plan.New(fat, uses, plan.Options{Credentials: plan.Environment, Only: passes})
			if err != nil {
				return 0, err
			}
			start := time.Now()
			if _, err := shake.Apply(ctx, fat, p); err != nil {
				return 0, err
			}
			took[i] = append(took[i], sample{wall: time.Since(start)})
		}
	}
	return median(took[1], wall) - median(took[0], wall), nil
}
