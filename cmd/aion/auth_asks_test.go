package main

import "testing"

// TestAsks: on a loopback address nobody is asked, unless something says that there
// are others who come in.
func TestAsks(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  func(*serveCommand)
		want bool
	}{
		{"nothing", func(*serveCommand) {}, false},
		{"required", func(s *serveCommand) { s.Auth.Mode = "required" }, true},
		{"another address", func(s *serveCommand) { s.HTTP.Listen = ":0" }, true},
		{"basic user", func(s *serveCommand) { s.KairosDB.BasicUser = "ann" }, true},
		{"secret of tokens", func(s *serveCommand) { s.Auth.JWTSecretFile = "x" }, true},
		{"issuer's address", func(s *serveCommand) { s.Auth.JWKSURL = "https://issuer.example/keys" }, true},
		{"issuer's file", func(s *serveCommand) { s.Auth.JWKSFile = "x" }, true},
		{"certificate", func(s *serveCommand) { s.HTTP.TLSCert = "c.pem" }, true},
		{"proxies", func(s *serveCommand) { s.HTTP.TrustedProxies = []string{"10.0.0.0/8"} }, true},
		{"off", func(s *serveCommand) { s.HTTP.TLSCert, s.Auth.Mode = "c.pem", "off" }, false},
	} {
		s := new(serveCommand)
		s.Auth.Mode, s.HTTP.Listen = "auto", "127.0.0.1:0"
		if tt.set(s); s.asks() != tt.want {
			t.Errorf("%s: got %t, want %t", tt.name, !tt.want, tt.want)
		}
	}
}
