package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/netip"

	"aion/api"
)

// tlsSettings are about HTTPS and what stands before the server.
type tlsSettings struct {
	TLSCert        string   `name:"tls-cert" placeholder:"FILE" help:"Certificate (PEM) of HTTPS, with those of whoever vouches for it behind; read again when it changes. Without one the server speaks plain HTTP."`
	TLSKey         string   `name:"tls-key" placeholder:"FILE" help:"Key (PEM) of that certificate."`
	TrustedProxies []string `placeholder:"NETWORK" help:"Networks such as 10.0.0.0/8 of proxies whose X-Forwarded-For counts: the client is the last address there that is in none of them."`
}

// check checks what no single value shows.
func (t *tlsSettings) check() error {
	switch {
	case t.TLSCert != "" && t.TLSKey == "":
		return fmt.Errorf("--http.tls-cert: got %q without a key; want --http.tls-key, too", t.TLSCert)
	case t.TLSCert == "" && t.TLSKey != "":
		return fmt.Errorf("--http.tls-key: got %q without a certificate; want --http.tls-cert, too", t.TLSKey)
	}
	if _, err := t.proxies(); err != nil {
		return fmt.Errorf("--http.trusted-proxies: %w", err)
	}
	return nil
}

// proxies are the networks of trusted proxies.
func (t *tlsSettings) proxies() ([]netip.Prefix, error) { return networks(t.TrustedProxies) }

// secure is what a listener of plain connections becomes: one of HTTPS, if there
// is a certificate.
func (t *tlsSettings) secure(log *slog.Logger) (func(net.Listener) net.Listener, error) {
	if t.TLSCert == "" {
		return func(l net.Listener) net.Listener { return l }, nil
	}
	pair, err := api.OpenCertificate(t.TLSCert, t.TLSKey, log)
	if err != nil {
		return nil, &ended{exitUsage, fmt.Errorf("--http.tls-cert: %w", err)}
	}
	return func(l net.Listener) net.Listener { return tls.NewListener(l, pair.Config()) }, nil
}
