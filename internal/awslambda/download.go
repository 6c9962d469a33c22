package awslambda

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// zipped is a zip that Lambda keeps: where it is for a few minutes, and what it is.
type zipped struct {
	url    string
	sha256 string // in base64
	size   int64
}

// downloads is how often a download is tried, and stall how long it may stand still.
const downloads, stall = 5, time.Minute

// statusError is an answer that is no zip.
type statusError int

func (e statusError) Error() string {
	return fmt.Sprintf("the download was answered with %d %s", int(e), http.StatusText(int(e)))
}

// errNowhere says that no URL is told that may be asked.
var errNowhere = errors.New("no place is told to download it from")

// errNotWhole says that something else came than Lambda keeps.
var errNotWhole = errors.New("the download is not what Lambda says that it is")

// download writes a zip to a file, and returns once it is whole. Its URL is signed, and
// appears in no error.
func (c *Client) download(ctx context.Context, z zipped, name string) error {
	where, err := url.Parse(z.url)
	if err != nil || where.Scheme != "https" && (where.Scheme != "http" || !c.elsewhere()) {
		return errNowhere
	}
	for try := 1; ; try++ {
		err := c.downloadOnce(ctx, z, name)
		var status statusError
		final := errors.As(err, &status) && status < 500 && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout
		if err == nil || final || try == downloads || ctx.Err() != nil {
			return cause(ctx, err)
		}
		if err := sleep(ctx, min(longestBackoff, 250*time.Millisecond<<try)); err != nil {
			return err
		}
	}
}

// elsewhere reports whether it is not AWS that is asked.
func (c *Client) elsewhere() bool { return c.place.Endpoint != "" || c.detour != "" }

func (c *Client) downloadOnce(ctx context.Context, z zipped, name string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(stall, func() { cancel(fmt.Errorf("the download stood still for %s", stall)) })
	defer watch.Stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, z.url, nil)
	if err != nil {
		return errNowhere
	}
	response, err := c.web.Do(request)
	if err != nil {
		return unsigned(ctx, err)
	}
	defer func() { _ = response.Body.Close() }() // what matters of it was read
	if response.StatusCode != http.StatusOK {
		return statusError(response.StatusCode)
	}
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, sum), &moving{io.LimitReader(response.Body, z.size+1), watch})
	if err = errors.Join(unsigned(ctx, err), out.Close()); err != nil {
		return err
	}
	if n != z.size || base64.StdEncoding.EncodeToString(sum.Sum(nil)) != z.sha256 {
		return errNotWhole
	}
	return nil
}

// unsigned leaves the URL out of an error.
func unsigned(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if why := context.Cause(ctx); why != nil && !errors.Is(why, context.Canceled) {
		return why
	}
	var asked *url.Error
	if errors.As(err, &asked) {
		return fmt.Errorf("the download failed: %w", asked.Err)
	}
	return fmt.Errorf("the download failed: %w", err)
}

// moving puts off a watch as long as something comes.
type moving struct {
	io.Reader
	watch *time.Timer
}

func (m *moving) Read(p []byte) (int, error) {
	m.watch.Reset(stall)
	return m.Reader.Read(p)
}

// copyWhole copies a file; what is there by the name is replaced once it is whole.
func copyWhole(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	out, err := os.CreateTemp(filepath.Dir(to), ".new-")
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err == nil {
		err = os.Rename(out.Name(), to)
	}
	if err != nil {
		return errors.Join(err, os.Remove(out.Name()))
	}
	return nil
}
