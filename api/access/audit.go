package access

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math"
	"time"

	"aion/storage/catalog"
)

// Audit is what was done with keys, users and organizations, newest first. Each
// action is a line of the log with audit=true, too.
type Audit struct {
	catalog *catalog.Catalog
	log     *slog.Logger
	now     func() time.Time
}

// kindAudit is the kind of an audit's records, whose ids sort newest first.
const kindAudit = "audit"

// organizationCreate is the action of making an organization, the first of all that
// is done with it.
const organizationCreate = "organization.create"

// Entry is one action.
type Entry struct {
	ID           string    `json:"id"`
	At           time.Time `json:"at"`
	By           string    `json:"by"`   // a key's id, a user's name, a token's subject; operator: a command
	Kind         Kind      `json:"kind"` // what that is
	Action       string    `json:"action"`
	Organization string    `json:"organization"`
	IDs          []string  `json:"ids"` // of what was changed
}

// note notes an action on things of an organization.
func (a *Audit) note(ctx context.Context, action, organization string, ids ...string) error {
	e := Entry{At: moment(a.now()), By: "operator", Kind: Open, Action: action, Organization: organization, IDs: ids}
	if p := From(ctx); p != nil && p.Kind != Open {
		e.By, e.Kind = p.ID, p.Kind
	}
	var tail [6]byte
	// Read never fails.
	_, _ = rand.Read(tail[:])
	e.ID = auditID(a.now()) + hex.EncodeToString(tail[:])
	a.log.LogAttrs(ctx, slog.LevelInfo, "audit", slog.Bool("audit", true), slog.String("action", action), slog.String("by", e.By),
		slog.String("by_kind", string(e.Kind)), slog.String("organization", organization), slog.Any("ids", ids))
	b := &book{catalog: a.catalog}
	if err := b.add(context.WithoutCancel(ctx), kindAudit, e.ID, e); err != nil {
		return fmt.Errorf("note %s in the audit: %w", action, err)
	}
	return nil
}

// auditID begins the ids of what is done at a moment.
func auditID(at time.Time) string { return fmt.Sprintf("%016x", math.MaxInt64-at.UnixMicro()) }

// List are entries, newest first. Nobody but root is told what was done before his
// organization was made: that is about another one of the same name.
func (a *Audit) List(ctx context.Context, page Page) ([]Entry, error) {
	b := &book{catalog: a.catalog}
	since, err := b.since(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the audit: %w", err)
	}
	kept, err := list[Entry](ctx, b, kindAudit, page, func(e *Entry) string { return e.Organization })
	if err != nil {
		return nil, fmt.Errorf("list the audit: %w", err)
	}
	all := make([]Entry, 0, len(kept))
	for _, e := range kept {
		if e.At.Before(since) {
			break // and so are all that follow
		}
		all = append(all, *e)
		if !since.IsZero() && e.Action == organizationCreate {
			break // with what was done in the same millisecond
		}
	}
	return all, nil
}

// since is when the organization of whoever asks was made; zero for root, and where
// it has no record.
func (b *book) since(ctx context.Context) (time.Time, error) {
	p := From(ctx)
	if p == nil || p.Role == Root || p.Own() == "" {
		return time.Time{}, nil
	}
	r, err := load[Organization](ctx, b, kindOrganization, p.Own())
	if err != nil || r == nil {
		return time.Time{}, err
	}
	return r.Created, nil
}
