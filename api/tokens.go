package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/time/rate"

	"aion/api/access"
)

// TokenConfig says whose tokens are taken. The zero value takes nobody's.
type TokenConfig struct {
	Secret   []byte // of tokens that are signed by HS256; empty: none are taken
	KeysURL  string // JWKS of an issuer who signs by RS256 or ES256; empty: none
	KeysFile string // such a set in a file, read again when it changes; empty: none
	Issuer   string // that a token must name; empty: any
	Audience string // that a token must name; empty: any

	// Names are the names that claims have in tokens, by ours: sub, org, scope,
	// role and context. One that is not there is called as ours.
	Names map[string]string

	Log *slog.Logger     // nil: nothing is logged
	Now func() time.Time // nil: time.Now
}

// ClaimNames are the claims that tokens have, by our names.
var ClaimNames = [...]string{"sub", "org", "scope", "role", "context"}

// leeway is how far the clocks of issuers may be off.
const leeway = 10 * time.Second

// Bounds on asking an issuer for his keys: how long an answer may take, how often
// they are asked for anyway, and how often because of a key that is not known.
const (
	keysTimeout = 5 * time.Second
	keysEvery   = 15 * time.Minute
	unknownKey  = 10 * time.Second
)

// Tokens checks signed tokens. Which algorithm a token may have is settled by
// where its key comes from: HS256 by our secret, RS256 and ES256 by the keys of
// an issuer; there is no other. It is safe for concurrent use.
type Tokens struct {
	config TokenConfig
	parser *jwt.Parser
	file   *keysFile       // nil: there is none
	remote keyfunc.Keyfunc // nil: there is none
}

// OpenTokens checks the tokens of c. An issuer's keys are kept and asked for now
// and then until ctx ends; who cannot be reached now is asked again later.
func OpenTokens(ctx context.Context, c TokenConfig) (*Tokens, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	t := &Tokens{config: c}
	var methods []string
	if len(c.Secret) > 0 {
		methods = append(methods, jwt.SigningMethodHS256.Alg())
	}
	if c.KeysURL != "" || c.KeysFile != "" {
		methods = append(methods, jwt.SigningMethodRS256.Alg(), jwt.SigningMethodES256.Alg())
	}
	options := []jwt.ParserOption{
		jwt.WithValidMethods(methods), jwt.WithExpirationRequired(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(c.Now), jwt.WithStrictDecoding(),
	}
	if c.Issuer != "" {
		options = append(options, jwt.WithIssuer(c.Issuer))
	}
	if c.Audience != "" {
		options = append(options, jwt.WithAudience(c.Audience))
	}
	t.parser = jwt.NewParser(options...)
	if c.KeysFile != "" {
		t.file = &keysFile{path: c.KeysFile, now: c.Now}
		if _, err := t.file.load(); err != nil {
			return nil, err
		}
	}
	return t, t.connect(ctx)
}

// connect asks the issuer for his keys.
func (t *Tokens) connect(ctx context.Context) error {
	if t.config.KeysURL == "" {
		return nil
	}
	later := true
	var err error
	t.remote, err = keyfunc.NewDefaultOverrideCtx(ctx, []string{t.config.KeysURL}, keyfunc.Override{
		Client:                    &http.Client{Timeout: keysTimeout, Transport: shortened{http.DefaultTransport}},
		HTTPTimeout:               keysTimeout,
		NoErrorReturnFirstHTTPReq: &later,
		RefreshInterval:           keysEvery,
		RefreshUnknownKID:         rate.NewLimiter(rate.Every(unknownKey), 1),
		RateLimitWaitMax:          keysTimeout, // for the turn and for the answer; only one who asks can have the next turn
		RefreshErrorHandlerFunc: func(string) func(context.Context, error) {
			return func(ctx context.Context, err error) {
				t.config.Log.Warn("the keys of an issuer of tokens are not renewed", "url", t.config.KeysURL, "error", err)
			}
		},
	})
	if err != nil {
		return fmt.Errorf("keys of %s: %w", t.config.KeysURL, err)
	}
	return nil
}

// Claims are what a token says whose signature, times, issuer and audience are
// good. Every other token is the same access.DeniedError; the log says at level
// debug what is wrong with it.
func (t *Tokens) Claims(ctx context.Context, token string) (access.Claims, error) {
	claims, err := t.read(ctx, token)
	if err != nil {
		t.config.Log.Debug("token refused", "reason", err)
		return access.Claims{}, errMalformed
	}
	return claims, nil
}

// read checks a token and reads what it says.
func (t *Tokens) read(ctx context.Context, token string) (c access.Claims, err error) {
	if len(token) > maxToken {
		return c, errors.New("the token is too long")
	}
	said := jwt.MapClaims{}
	parsed, err := t.parser.ParseWithClaims(token, said, func(token *jwt.Token) (any, error) { return t.key(ctx, token) })
	if err != nil {
		return c, err
	}
	if parsed.Header["crit"] != nil {
		return c, errors.New("the token demands what nobody here understands")
	}
	ends, err := said.GetExpirationTime()
	if err != nil || ends == nil {
		return c, errors.New("the token has no end")
	}
	c.Expires = ends.Add(leeway)
	return c, t.fill(&c, said)
}

// key is what a token has to be signed by. The parser takes an empty list of
// methods for all of them, so that every method is asked for here once more.
func (t *Tokens) key(ctx context.Context, token *jwt.Token) (any, error) {
	switch token.Method {
	case jwt.SigningMethodHS256:
		if len(t.config.Secret) > 0 {
			return t.config.Secret, nil
		}
	case jwt.SigningMethodRS256, jwt.SigningMethodES256:
		return t.issued(ctx, token)
	}
	return nil, fmt.Errorf("tokens that are signed by %s are not taken", token.Method.Alg())
}

// issued is the key of an issuer that a token names: of the file, else of who is
// asked over the network.
func (t *Tokens) issued(ctx context.Context, token *jwt.Token) (any, error) {
	err := errors.New("no issuer's tokens are taken")
	if t.file != nil {
		var keys keyfunc.Keyfunc
		if keys, err = t.file.load(); err == nil {
			var key any
			if key, err = keys.KeyfuncCtx(ctx)(token); err == nil {
				return key, nil
			}
		}
	}
	if t.remote == nil {
		return nil, err
	}
	return t.remote.KeyfuncCtx(ctx)(token)
}
