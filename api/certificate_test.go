package api_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"aion/api"
)

// writePair writes a certificate for a name and its key.
func writePair(t *testing.T, dir, name string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	public, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: public}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// locked is a log that several write to.
type locked struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write adds to the log.
func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is the log.
func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// shownName connects and answers the name in the certificate and the protocol.
func shownName(t *testing.T, address string, config *tls.Config) (name string, res *http.Response, err error) {
	t.Helper()
	config.InsecureSkipVerify = true // the certificate vouches for itself
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	res, err = client.Get("https://" + address + "/metrics")
	if err != nil {
		return "", nil, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.TLS.PeerCertificates[0].Subject.CommonName, res, err
}

// TestCertificate: TLS 1.2 and up, HTTP/2 too, with the certificate as its files
// are now; a pair that does not fit changes nothing.
func TestCertificate(t *testing.T) {
	dir := t.TempDir()
	cert, key := writePair(t, dir, "first")
	log := new(locked)
	pair, err := api.OpenCertificate(cert, key, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- api.New(api.Config{}).Serve(ctx, tls.NewListener(listener, pair.Config())) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	address := listener.Addr().String()
	name, res, err := shownName(t, address, &tls.Config{})
	if err != nil || name != "first" || res.StatusCode != 200 || res.ProtoMajor != 2 {
		t.Fatalf("got %s %+v %v, want first by HTTP/2", name, res, err)
	}
	if _, _, err := shownName(t, address, &tls.Config{MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 was taken")
	}
	shows := func(want string, said string) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			name, _, err := shownName(t, address, &tls.Config{})
			if err == nil && name == want && strings.Contains(log.String(), said) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("got %s %v, want %s and %q in the log:\n%s", name, err, want, said, log)
			}
		}
	}
	writePair(t, dir, "second")
	shows("second", "the certificate is renewed")
	if err := os.WriteFile(key, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	shows("second", "the one before remains in use")
	writePair(t, dir, "third")
	shows("third", "renewed")
}

// TestCertificateMistakes: files that are no pair are told at once.
func TestCertificateMistakes(t *testing.T) {
	cert, _ := writePair(t, t.TempDir(), "one")
	_, other := writePair(t, t.TempDir(), "two")
	for _, pair := range [][2]string{{cert, "absent"}, {"absent", other}, {cert, other}, {cert, cert}} {
		if _, err := api.OpenCertificate(pair[0], pair[1], slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%v were taken", pair)
		}
	}
}
