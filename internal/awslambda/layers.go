package awslambda

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// layerCache has each layer downloaded once, as long as those that nobody needs just
// now fit on the disk.
type layerCache struct {
	dir  string
	most int64 // bytes

	mu     sync.Mutex
	layers map[string]*cachedLayer // by ARN
	total  int64
	clock  int
}

// cachedLayer is one layer. Its fields but ready, err and size are the cache's.
type cachedLayer struct {
	path  string
	size  int64
	users int
	used  int           // when somebody last gave it back
	ready chan struct{} // closed when the download is over
	err   error
}

func newLayerCache(dir string, most int64) (*layerCache, error) {
	return &layerCache{dir: dir, most: most, layers: map[string]*cachedLayer{}}, os.MkdirAll(dir, 0o700)
}

// layerName is what a layer's zip is called, by its account, name and version.
func layerName(arn string) string {
	parts := strings.Split(arn, ":") // arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION
	return strings.ReplaceAll(strings.Join(parts[min(3, len(parts)):], "-"), "/", "-") + ".zip"
}

// take returns the path of a layer's zip, which is there until release. A layer that
// could not be had is not asked for again.
func (l *layerCache) take(ctx context.Context, c *Client, arn string) (path string, release func(), err error) {
	l.mu.Lock()
	e := l.layers[arn]
	first := e == nil
	if first {
		e = &cachedLayer{path: filepath.Join(l.dir, layerName(arn)), ready: make(chan struct{})}
		l.layers[arn] = e
	}
	e.users++
	l.mu.Unlock()
	release = func() { l.release(e) }
	if first {
		e.size, e.err = c.downloadLayer(ctx, arn, e.path)
		l.arrived(e)
		close(e.ready)
	}
	select {
	case <-e.ready:
	case <-ctx.Done():
		release()
		return "", nil, ctx.Err()
	}
	if e.err != nil {
		release()
		return "", nil, e.err
	}
	return e.path, release, nil
}

func (l *layerCache) arrived(e *cachedLayer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total += e.size
}

// release gives a layer back, and deletes those that were given back first while there
// are too many.
func (l *layerCache) release(e *cachedLayer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock++
	e.users, e.used = e.users-1, l.clock
	for l.total > l.most {
		arn, oldest := "", (*cachedLayer)(nil)
		for a, other := range l.layers {
			if other.users == 0 && other.err == nil && (oldest == nil || other.used < oldest.used) {
				arn, oldest = a, other
			}
		}
		if oldest == nil {
			return
		}
		_ = os.Remove(oldest.path) // else it goes with the folder
		delete(l.layers, arn)
		l.total -= oldest.size
	}
}

// downloadLayer downloads a version of a layer.
func (c *Client) downloadLayer(ctx context.Context, arn, path string) (int64, error) {
	out, err := c.lambda.GetLayerVersionByArn(ctx, &lambda.GetLayerVersionByArnInput{Arn: &arn})
	if err != nil {
		return 0, fmt.Errorf("the layer %s cannot be read: %w", arn, plainly(cause(ctx, err)))
	}
	if out.Content == nil {
		return 0, fmt.Errorf("the layer %s has no content", arn)
	}
	z := zipped{aws.ToString(out.Content.Location), aws.ToString(out.Content.CodeSha256), out.Content.CodeSize}
	if err := c.download(ctx, z, path); err != nil {
		return 0, fmt.Errorf("the layer %s: %w", cmp.Or(aws.ToString(out.LayerVersionArn), arn), err)
	}
	return z.size, nil
}
