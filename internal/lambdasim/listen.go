package lambdasim

import (
	"fmt"
	"net"
	"net/http"
	"strings"
)

// Listen listens on a loopback address such as 127.0.0.1:9001, and on no other:
// whoever reaches this server runs code as its user.
func Listen(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%q is not an address such as 127.0.0.1:9001", address)
	}
	if !loopback(host) {
		return nil, fmt.Errorf("%s is not a loopback address: whoever reached it could run code here", address)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	// A name may lead anywhere.
	if host, _, err := net.SplitHostPort(l.Addr().String()); err != nil || !loopback(host) {
		_ = l.Close() // nobody used it
		return nil, fmt.Errorf("%s leads to %s, which is not a loopback address", address, l.Addr())
	}
	return l, nil
}

// loopback reports whether host is this machine, for itself alone.
func loopback(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// fromHere refuses what comes from elsewhere, and what a page in a browser sends by
// a name of its own that it had lead here.
func fromHere(r *http.Request) error {
	from, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil || !loopback(from) {
		return refuse(http.StatusForbidden, "AccessDeniedException", "this local Lambda answers this machine alone")
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if !loopback(strings.Trim(host, "[]")) {
		return refuse(http.StatusForbidden, "AccessDeniedException", "this local Lambda is not %s: call it by a loopback address", host)
	}
	return nil
}
