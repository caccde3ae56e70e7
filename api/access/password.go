package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/argon2"
)

// PasswordCost is what the hashing of a password costs.
type PasswordCost struct {
	Time    uint32 // passes
	KiB     uint32 // memory
	Threads uint8
}

// DefaultCost is what OWASP recommends for argon2id.
func DefaultCost() PasswordCost { return PasswordCost{Time: 2, KiB: 19 << 10, Threads: 1} }

// The bounds of hashing, which costs time and memory: how many passwords are
// hashed at once, and how many wait for their turn.
const (
	hashesAtOnce = 2
	hashesAhead  = 64
)

// passwords hashes passwords with argon2id, few at once.
type passwords struct {
	cost    PasswordCost
	turn    chan struct{}
	waiting atomic.Int64
	nobody  string // a hash that no password has

	// working is told when a hash begins (1) and ends (-1); tests count.
	working func(int)
}

// newPasswords hashes at a cost, the zero value at the usual one.
func newPasswords(cost PasswordCost) *passwords {
	if cost == (PasswordCost{}) {
		cost = DefaultCost()
	}
	p := &passwords{cost: cost, turn: make(chan struct{}, hashesAtOnce), working: func(int) {}}
	p.nobody = formed(cost, make([]byte, 16), make([]byte, 32))
	return p
}

// formed is a hash as text, with its parameters, in the form that argon2's own
// tools print.
func formed(c PasswordCost, salt, sum []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.KiB, c.Time, c.Threads, b64(salt), b64(sum))
}

// parsedHash reads such a text. Not ok: it is none, or one that would cost more
// than a server can give.
func parsedHash(text string) (c PasswordCost, salt, sum []byte, ok bool) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, false
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.KiB, &c.Time, &c.Threads); err != nil || n != 3 {
		return c, nil, nil, false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return c, nil, nil, false
	}
	sum, err = base64.RawStdEncoding.DecodeString(parts[5])
	fits := c.Time > 0 && c.Time <= 100 && c.Threads > 0 && c.KiB <= 1<<20 && len(sum) >= 16
	return c, salt, sum, err == nil && fits
}

// hash is a new hash of a password.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, 16)
	// Read never fails.
	_, _ = rand.Read(salt)
	sum, err := p.sum(ctx, p.cost, salt, password, 32)
	if err != nil {
		return "", err
	}
	return formed(p.cost, salt, sum), nil
}

// check tells whether a hash is the password's, and whether it was made at
// another cost than hashes are now. The empty hash is nobody's and costs as much.
func (p *passwords) check(ctx context.Context, hash, password string) (right, aged bool, err error) {
	if hash == "" {
		hash = p.nobody
	}
	c, salt, want, ok := parsedHash(hash)
	if !ok {
		return false, false, fmt.Errorf("the hash of a password is none of ours")
	}
	got, err := p.sum(ctx, c, salt, password, uint32(len(want)))
	if err != nil {
		return false, false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && hash != p.nobody, c != p.cost, nil
}

// sum hashes when it is its turn. Where too many wait already the error is a
// DeniedError.
func (p *passwords) sum(ctx context.Context, c PasswordCost, salt []byte, password string, length uint32) ([]byte, error) {
	defer p.waiting.Add(-1)
	if p.waiting.Add(1) > hashesAhead+hashesAtOnce {
		return nil, &DeniedError{Status: http.StatusTooManyRequests, Reason: "too many logins at once", After: 1}
	}
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-p.turn }()
	p.working(1)
	defer p.working(-1)
	return argon2.IDKey([]byte(password), salt, c.Time, c.KiB, c.Threads, length), nil
}
