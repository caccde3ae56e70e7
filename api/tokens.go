package api

import (
	"context"

	"aion/api/access"
)

// Tokens checks signed tokens.
type Tokens interface {
	// Claims are what a token says whose signature, times, issuer and audience
	// are good. Every other token is an access.DeniedError.
	Claims(ctx context.Context, token string) (access.Claims, error)
}
