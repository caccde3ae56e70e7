package api

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Certificate is what a server shows to those who speak TLS, from two files. They
// are looked at when somebody connects, once a second at most, and read again
// when they have changed; a pair that cannot be used leaves the one before in
// place, and the log says so. It is safe for concurrent use.
type Certificate struct {
	cert, key string
	log       *slog.Logger

	mu     sync.Mutex
	looked time.Time
	was    [2]os.FileInfo
	pair   *tls.Certificate
}

// OpenCertificate reads a certificate and its key, both PEM.
func OpenCertificate(cert, key string, log *slog.Logger) (*Certificate, error) {
	c := &Certificate{cert: cert, key: key, log: log}
	is, err := c.look()
	if err != nil {
		return nil, err
	}
	return c, c.load(is)
}

// look is what the files are now.
func (c *Certificate) look() (is [2]os.FileInfo, err error) {
	for i, path := range []string{c.cert, c.key} {
		if is[i], err = os.Stat(path); err != nil {
			return is, err
		}
	}
	return is, nil
}

// load reads the files.
func (c *Certificate) load(is [2]os.FileInfo) error {
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("certificate %s with key %s: %w", c.cert, c.key, err)
	}
	c.pair, c.was, c.looked = &pair, is, time.Now()
	return nil
}

// current is the pair as the files are now.
func (c *Certificate) current() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) < time.Second {
		return c.pair
	}
	c.looked = time.Now()
	is, err := c.look()
	if err == nil {
		if sameFile(c.was[0], is[0]) && sameFile(c.was[1], is[1]) {
			return c.pair
		}
		err = c.load(is)
	}
	if err != nil {
		c.log.Error("the certificate is not renewed: the one before remains in use", "error", err)
	} else {
		c.log.Info("the certificate is renewed", "file", c.cert)
	}
	return c.pair
}

// Config is TLS of version 1.2 and up with this certificate.
func (c *Certificate) Config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current(), nil },
	}
}
