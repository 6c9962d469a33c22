package awslambda

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"
)

// batch is the most that BatchGetTraces takes.
// https://docs.aws.amazon.com/xray/latest/api/API_BatchGetTraces.html
const batch = 5

// searchable reports whether segments go to CloudWatch Logs (X-Ray Transaction
// Search), where BatchGetTraces finds nothing. Who may not ask is taken for no.
func (c *Client) searchable(ctx context.Context) bool {
	out, err := c.xray.GetTraceSegmentDestination(ctx, &xray.GetTraceSegmentDestinationInput{})
	return err == nil && out.Destination == types.TraceSegmentDestinationCloudWatchLogs
}

// collect fetches traces until each is whole, or until none has become so for the
// time of patience: they arrive late, and in pieces. What is missing then is missing
// in the result, which is no error.
func (c *Client) collect(ctx context.Context, ids []string, poll, patience time.Duration) (map[string]figures, error) {
	found := map[string]figures{}
	var quiet time.Time // since when nothing has come
	for {
		before, pending := len(found), missing(ids, found)
		for ; len(pending) > 0; pending = pending[min(batch, len(pending)):] {
			if err := c.fetch(ctx, pending[:min(batch, len(pending))], found); err != nil {
				return found, err
			}
		}
		switch {
		case len(missing(ids, found)) == 0:
			return found, nil
		case quiet.IsZero() || len(found) > before:
			quiet = time.Now()
		case time.Since(quiet) > patience:
			return found, nil
		}
		if err := sleep(ctx, poll); err != nil {
			return found, err
		}
	}
}

func missing(ids []string, found map[string]figures) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		_, there := found[id]
		return there
	})
}

// fetch asks for one batch. Ids that X-Ray did not process stay missing, to be
// asked for again.
func (c *Client) fetch(ctx context.Context, ids []string, found map[string]figures) error {
	documents := map[string][]string{}
	in := &xray.BatchGetTracesInput{TraceIds: ids}
	for {
		out, err := c.xray.BatchGetTraces(ctx, in)
		if err != nil {
			return fmt.Errorf("cannot get traces from X-Ray: %w", err)
		}
		for _, t := range out.Traces {
			for _, s := range t.Segments {
				documents[aws.ToString(t.Id)] = append(documents[aws.ToString(t.Id)], aws.ToString(s.Document))
			}
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			break
		}
	}
	for id, all := range documents {
		if f, whole := readTrace(all); whole {
			found[id] = f
		}
	}
	return nil
}
