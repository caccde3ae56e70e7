package cassandratest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// CA is the file with the certificate that the node's is checked by; the node
// was started with TLS.
func (n *Node) CA(t testing.TB) string {
	t.Helper()
	return n.secured(t).ca()
}

// ClientCertificate is the files with a certificate and a key that the node lets
// in; the node was started with TLS.
func (n *Node) ClientCertificate(t testing.TB) (certificate, key string) {
	t.Helper()
	k := n.secured(t)
	return k.clientCertificate(), k.clientKey()
}

// secured is the keys of a node with TLS; without, the test fails.
func (n *Node) secured(t testing.TB) *keys {
	t.Helper()
	if n.keys == nil {
		t.Fatalf("the node at %s was started without TLS", n.host)
	}
	return n.keys
}

// keys is a folder with the certificates and keys of a node and its clients.
type keys struct{ dir string }

// ca is the file with the authority's certificate.
func (k *keys) ca() string { return filepath.Join(k.dir, "ca.pem") }

// node is the file with the node's key and certificate, as Cassandra wants them.
func (k *keys) node() string { return filepath.Join(k.dir, "node.pem") }

// clientCertificate is the file with the certificate of a client.
func (k *keys) clientCertificate() string { return filepath.Join(k.dir, "client.pem") }

// clientKey is the file with the key of that client.
func (k *keys) clientKey() string { return filepath.Join(k.dir, "client-key.pem") }

// makeKeys makes an authority and lets it certify a node at the address and a
// client.
func makeKeys(dir, address string) (*keys, error) {
	k := &keys{dir: dir}
	authority, err := newPair("Aion tests", nil)
	if err != nil {
		return nil, err
	}
	node, err := newPair(address, authority)
	if err != nil {
		return nil, err
	}
	client, err := newPair("client", authority)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make keys: %w", err)
	}
	for name, text := range map[string][]byte{
		k.ca():                authority.certificate,
		k.node():              bytes.Join([][]byte{node.key, node.certificate, authority.certificate}, nil),
		k.clientCertificate(): client.certificate,
		k.clientKey():         client.key,
	} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			return nil, fmt.Errorf("make keys: %w", err)
		}
	}
	return k, nil
}

// pair is a certificate with its key, both ready to be used and as PEM.
type pair struct {
	private          *ecdsa.PrivateKey
	parsed           *x509.Certificate
	certificate, key []byte
}

// newPair makes a key and has it certified for the name, which may be an IP
// address; without an issuer it certifies itself and may certify others.
func newPair(name string, issuer *pair) (*pair, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key for %s: %w", name, err)
	}
	template := template(name, issuer == nil)
	if issuer == nil {
		issuer = &pair{private: private, parsed: template}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer.parsed, &private.PublicKey, issuer.private)
	if err != nil {
		return nil, fmt.Errorf("certify %s: %w", name, err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certify %s: %w", name, err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("certify %s: %w", name, err)
	}
	return &pair{
		private:     private,
		parsed:      parsed,
		certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		key:         pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}),
	}, nil
}

// template is what a certificate for the name says; it is good for a day.
func template(name string, authority bool) *x509.Certificate {
	now := time.Now()
	c := &x509.Certificate{
		SerialNumber:          big.NewInt(now.UnixNano()),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(24 * time.Hour),
		BasicConstraintsValid: true,
		IsCA:                  authority,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if authority {
		c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageCertSign, nil
	}
	if ip := net.ParseIP(name); ip != nil {
		c.IPAddresses = []net.IP{ip}
	}
	return c
}
