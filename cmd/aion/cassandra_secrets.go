package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
)

// password is the first line of the password's file.
func (c *cassandraSettings) password() (string, error) {
	switch {
	case c.User == "" && c.PasswordFile == "":
		return "", nil
	case c.User == "":
		return "", errors.New("--cassandra.password-file: there is nobody to log in as; want --cassandra.user, too")
	case c.PasswordFile == "":
		return "", fmt.Errorf("--cassandra.user: got %q without a password; want --cassandra.password-file, too", c.User)
	}
	text, err := os.ReadFile(c.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("--cassandra.password-file: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	line = strings.TrimSuffix(line, "\r")
	if line == "" {
		return "", fmt.Errorf("--cassandra.password-file: %s: the first line is empty; want the password there", c.PasswordFile)
	}
	return line, nil
}

// tls is how the nodes prove who they are, and we to them; nil is no TLS.
func (c *cassandraSettings) tls() (*tls.Config, error) {
	for _, given := range []struct{ name, value string }{
		{"tls-ca", c.TLSCA}, {"tls-cert", c.TLSCert}, {"tls-key", c.TLSKey}, {"tls-server-name", c.TLSServerName},
	} {
		if given.value != "" && !c.TLS {
			return nil, fmt.Errorf("--cassandra.%s: got %q without TLS; want --cassandra.tls, too", given.name, given.value)
		}
	}
	if !c.TLS {
		return nil, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.TLSServerName}
	if err := c.addAuthorities(config); err != nil {
		return nil, err
	}
	return config, c.addCertificate(config)
}

// addAuthorities says who vouches for the nodes.
func (c *cassandraSettings) addAuthorities(config *tls.Config) error {
	if c.TLSCA == "" {
		return nil
	}
	text, err := os.ReadFile(c.TLSCA)
	if err != nil {
		return fmt.Errorf("--cassandra.tls-ca: %w", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(text) {
		return fmt.Errorf("--cassandra.tls-ca: %s: got no certificate in it, want PEM", c.TLSCA)
	}
	return nil
}

// addCertificate says what the nodes are shown.
func (c *cassandraSettings) addCertificate(config *tls.Config) error {
	switch {
	case c.TLSCert == "" && c.TLSKey == "":
		return nil
	case c.TLSKey == "":
		return fmt.Errorf("--cassandra.tls-cert: got %q without a key; want --cassandra.tls-key, too", c.TLSCert)
	case c.TLSCert == "":
		return fmt.Errorf("--cassandra.tls-key: got %q without a certificate; want --cassandra.tls-cert, too", c.TLSKey)
	}
	pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return fmt.Errorf("--cassandra.tls-cert: %w", err)
	}
	config.Certificates = []tls.Certificate{pair}
	return nil
}
