package api

import (
	"context"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"aion/api/access"
)

// sessionKey names the key that tokens of logins are signed with, among the keys
// that a token's header can name.
const sessionKey = "aion-login"

// sessionClaims are what the token of a login says: who has logged in, and what
// the guard takes for it.
type sessionClaims struct {
	Proof string `json:"proof"`
	jwt.RegisteredClaims
}

// SessionToken is a token, signed by HS256 with a key of the store's own, by which
// a user who has logged in is known from issued to ends on every server of the
// store, as long as the user's password stays the same.
func SessionToken(ctx context.Context, g *access.Guard, p *access.Principal, issued, ends time.Time) (string, error) {
	proof, err := g.Proof(ctx, p)
	if err != nil {
		return "", err
	}
	secret, err := sessionSecret(ctx, g)
	if err != nil {
		return "", err
	}
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, sessionClaims{proof, jwt.RegisteredClaims{
		Subject: p.ID, IssuedAt: jwt.NewNumericDate(issued), ExpiresAt: jwt.NewNumericDate(ends),
	}})
	token.Header["kid"] = sessionKey
	return token.SignedString(secret)
}

// sessionSecret is the key of tokens of logins.
func sessionSecret(ctx context.Context, g *access.Guard) ([]byte, error) {
	secret, err := g.Keys.Sealed(ctx, "the key of tokens of logins")
	if err != nil {
		return nil, fmt.Errorf("make the key of tokens of logins: %w", err)
	}
	return []byte(secret), nil
}

// ofSession tells whether a token says that it is one of a login. Nothing of it is
// checked.
func ofSession(token string) bool {
	read, _, err := jwt.NewParser().ParseUnverified(token, &sessionClaims{})
	return err == nil && read.Header["kid"] == sessionKey
}

// session is who shows the token of a login.
func (s *Server) session(ctx context.Context, token string) (*access.Principal, error) {
	secret, err := sessionSecret(ctx, s.access)
	if err != nil {
		return nil, err
	}
	var claims sessionClaims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(s.now), jwt.WithStrictDecoding())
	if _, err := parser.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return secret, nil }); err != nil {
		return nil, errMalformed
	}
	return s.access.Session(ctx, claims.Subject, claims.Proof, claims.ExpiresAt.Time)
}
