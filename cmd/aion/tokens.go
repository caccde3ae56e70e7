package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"aion/api"
	"aion/api/access"
)

// tokenSettings are about signed tokens.
type tokenSettings struct {
	JWTSecretFile string   `name:"jwt-secret-file" placeholder:"FILE" help:"File whose first line is the secret, of 32 bytes and more, of tokens (JWT) that are signed by HS256. Without one none are taken."`
	JWKSURL       string   `name:"jwks-url" placeholder:"URL" help:"Keys (JWKS) of an issuer of tokens that are signed by RS256 or ES256; they are kept, and asked for again every 15 minutes and when a token names one that is not known."`
	JWKSFile      string   `name:"jwks-file" placeholder:"FILE" help:"Such keys in a file, which is read again when it changes."`
	Issuer        string   `placeholder:"TEXT" help:"Issuer (iss) that a token must name."`
	Audience      string   `placeholder:"TEXT" help:"Audience (aud) that a token must name."`
	Claims        []string `placeholder:"NAME=CLAIM" help:"What claims are called in tokens, where it is not sub, org, scope, role or context: role=groups."`
}

// leastTokenSecret is how many bytes the secret of HS256 has at least.
const leastTokenSecret = 32

// names are what claims are called in tokens, by our names.
func (t *tokenSettings) names() (map[string]string, error) {
	names := map[string]string{}
	for _, text := range t.Claims {
		ours, theirs, _ := strings.Cut(text, "=")
		if !slices.Contains(api.ClaimNames[:], ours) || theirs == "" || names[ours] != "" {
			return nil, fmt.Errorf("--auth.claims: got %q, want NAME=CLAIM with a name, each once, of %s", text, strings.Join(api.ClaimNames[:], ", "))
		}
		names[ours] = theirs
	}
	return names, nil
}

// config is the settings as they are checked by; one that is wrong is an error.
func (t *tokenSettings) config() (c api.TokenConfig, err error) {
	c = api.TokenConfig{KeysURL: t.JWKSURL, KeysFile: t.JWKSFile, Issuer: t.Issuer, Audience: t.Audience}
	if u, err := url.Parse(t.JWKSURL); t.JWKSURL != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return c, fmt.Errorf("--auth.jwks-url: got %q, want an address such as https://issuer.example/keys", t.JWKSURL)
	}
	if (t.JWKSURL != "" || t.JWKSFile != "") && t.Issuer == "" && t.Audience == "" {
		return c, errors.New("--auth.jwks-url, --auth.jwks-file: an issuer signs for others, too; want --auth.audience, --auth.issuer or both")
	}
	if c.Names, err = t.names(); err != nil || t.JWTSecretFile == "" {
		return c, err
	}
	secret, err := firstLineOf("--auth.jwt-secret-file", t.JWTSecretFile)
	if err == nil && len(secret) < leastTokenSecret {
		err = fmt.Errorf("--auth.jwt-secret-file: %s: got %d bytes, want %d and more", t.JWTSecretFile, len(secret), leastTokenSecret)
	}
	c.Secret = []byte(secret)
	return c, err
}

// given tells whether anything is said about tokens.
func (t *tokenSettings) given() bool {
	return t.JWTSecretFile != "" || t.JWKSURL != "" || t.JWKSFile != "" || t.Issuer != "" || t.Audience != "" || len(t.Claims) != 0
}

// open opens what tells whose tokens are good; nil: nobody's are.
func (t *tokenSettings) open(ctx context.Context, log *slog.Logger) (*api.Tokens, error) {
	if t.JWTSecretFile == "" && t.JWKSURL == "" && t.JWKSFile == "" {
		return nil, nil
	}
	c, err := t.config()
	if err != nil {
		return nil, err
	}
	c.Log = log
	tokens, err := api.OpenTokens(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("--auth.jwks-file, --auth.jwks-url: %w", err)
	}
	return tokens, nil
}

// basicSettings are about KairosDB's one user.
type basicSettings struct {
	BasicUser         string `placeholder:"NAME" help:"One user whom clients of a KairosDB 1.2 log in as, by HTTP Basic: kairosdb.jetty.basic_auth.user. He reads and writes the data of the first organization; credentials are required then."`
	BasicPasswordFile string `placeholder:"FILE" help:"File whose first line is that user's password."`
}

// basic is the one user; nil: there is none.
func (b *basicSettings) basic() (*access.Basic, error) {
	switch {
	case b.BasicUser == "" && b.BasicPasswordFile == "":
		return nil, nil
	case b.BasicUser == "":
		return nil, errors.New("--kairosdb.basic-password-file: there is nobody to log in; want --kairosdb.basic-user, too")
	case b.BasicPasswordFile == "":
		return nil, fmt.Errorf("--kairosdb.basic-user: got %q without a password; want --kairosdb.basic-password-file, too", b.BasicUser)
	case strings.Contains(b.BasicUser, ":"):
		return nil, fmt.Errorf("--kairosdb.basic-user: got %q, want a name without a colon", b.BasicUser)
	}
	password, err := firstLineOf("--kairosdb.basic-password-file", b.BasicPasswordFile)
	if err != nil {
		return nil, err
	}
	return &access.Basic{Name: b.BasicUser, Password: password}, nil
}
