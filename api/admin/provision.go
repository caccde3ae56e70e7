package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"aion/api/access"
	"aion/query/fleet"
	"aion/storage/catalog"
	"aion/storage/points"
)

// Plan is what is to be there: the members of a provisioning file, each entry as
// JSON. What an entry does not name stays as it is.
type Plan struct {
	Organizations []json.RawMessage `json:"organizations"`
	Users         []json.RawMessage `json:"users"`
	Keys          []json.RawMessage `json:"keys"`
	Profiles      []json.RawMessage `json:"profiles"`
	Devices       []json.RawMessage `json:"devices"`
	Apps          []json.RawMessage `json:"apps"`
}

// Change is what became of one entry of a plan.
type Change struct {
	Thing        string          `json:"thing"` // organization, user, key, profile, device or app
	ID           string          `json:"id"`
	Organization string          `json:"organization"`
	Done         access.Provided `json:"done"`
	Secret       string          `json:"secret,omitempty"` // of a key or a user, if it was made; it is told this once
}

// Provisioned is the answer to a plan.
type Provisioned struct {
	DryRun  bool     `json:"dryRun"` // nothing was changed: this is what would be
	Changes []Change `json:"changes"`

	// Errors is what could not be done though it could when it was tried, because
	// somebody has changed things meanwhile or the store went away.
	Errors []string `json:"errors,omitempty"`
}

// Shift is what plans are carried out by, over a catalog.
type Shift struct {
	Access  *access.Guard
	Fleet   *fleet.Fleet
	Catalog *catalog.Catalog
}

// kindProvision is the kind of the records of keys that a plan names by no id: by
// the hash of what it says, the id that was made.
const kindProvision = "provision-key"

// maxPlan is how many entries a plan has at most.
const maxPlan = 100_000

// provision carries out a plan; ?dryRun=true tells what it would do. It is tried
// on a copy of the records first, so that nothing is changed where anything is
// wrong.
func (p *Protocol) provision(c echo.Context) error {
	// Who may not provision is told before so large a body is read.
	ctx := c.Request().Context()
	if by := access.From(ctx); by == nil || !by.Administers(by.Organization) {
		return &access.DeniedError{Status: http.StatusForbidden, Reason: "the role admin is required"}
	}
	var plan Plan
	if err := p.read(c, &plan, bound{"http.max-ingest", p.MaxIngest}); err != nil {
		return err
	}
	dry, err := flag(c, "dryRun")
	if err != nil {
		return err
	}
	trial := p.Shift(overlaid(p.Catalog))
	trial.Access.HashBeside(p.Access)
	changes, err := trial.try(ctx, &plan)
	if err != nil {
		return err
	}
	if dry {
		return answer(c, http.StatusOK, Provisioned{DryRun: true, Changes: changes})
	}
	changes, failed := Shift{p.Access, p.Fleet, p.Catalog}.carryOut(ctx, &plan)
	return answer(c, http.StatusOK, Provisioned{Changes: changes, Errors: failed})
}

// try carries out a plan where it does no harm, and answers all that is wrong with
// it, or what it does. Secrets that it makes are not told: others are made when it
// comes to it.
func (s Shift) try(ctx context.Context, plan *Plan) ([]Change, error) {
	if n := plan.len(); n > maxPlan {
		return nil, points.Invalid("there are %d entries, and at most %d are taken at once", n, maxPlan)
	}
	changes, problems := []Change{}, []string(nil)
	for _, part := range s.parts(plan) {
		for i, done := range s.doAll(ctx, part, 1) {
			switch err := done.err; {
			case err == nil:
				changes = append(changes, done.changes...)
			case !ours(err):
				return nil, fmt.Errorf("%s[%d]: %w", part.name, i, err)
			default:
				problems = append(problems, fmt.Sprintf("%s[%d]: %v", part.name, i, err))
			}
		}
	}
	if len(problems) > 0 {
		return nil, &points.InvalidError{Problems: problems[:min(len(problems), maxProblems)]}
	}
	for i := range changes {
		changes[i].Secret = ""
	}
	return changes, nil
}

// maxProblems is how many problems of a plan are told.
const maxProblems = 100

// carryOut carries out a plan that was tried. It answers what it has done, with
// the secrets that it has made, and what it could not do.
func (s Shift) carryOut(ctx context.Context, plan *Plan) (changes []Change, failed []string) {
	changes = []Change{}
	for _, part := range s.parts(plan) {
		workers := 1
		if part.name == "devices" {
			workers = planAtOnce
		}
		for i, done := range s.doAll(ctx, part, workers) {
			if done.err == nil {
				changes = append(changes, done.changes...)
			} else if len(failed) < maxProblems {
				failed = append(failed, fmt.Sprintf("%s[%d]: %v", part.name, i, done.err))
			}
		}
	}
	return changes, failed
}

// outcome is what became of one entry.
type outcome struct {
	changes []Change
	err     error
}

// planAtOnce is how many devices of a plan are made at once.
const planAtOnce = 64

// doAll does what is to be done about the entries of a part, so many at once.
func (s Shift) doAll(ctx context.Context, p part, workers int) []outcome {
	done := make([]outcome, len(p.entries))
	do := func(i int) {
		done[i].changes, done[i].err = p.do(ctx, rawBody(p.entries[i]))
		if done[i].err == nil {
			done[i].err = s.note(ctx, done[i].changes)
		}
	}
	var all sync.WaitGroup
	var next atomic.Int64
	for range min(workers, len(p.entries)) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(p.entries); i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	all.Wait()
	for i := range done {
		if workers > 1 && errors.Is(done[i].err, fleet.ErrTaken) {
			do(i) // an earlier entry has given it up by now
		}
	}
	return done
}

// note notes in the audit what was made of a plan and is not noted with the rest
// about access.
func (s Shift) note(ctx context.Context, changes []Change) error {
	actions := map[access.Provided]string{access.Created: ".create", access.Changed: ".change"}
	for _, c := range changes {
		action, done := actions[c.Done]
		if !done || !slices.Contains([]string{"device", "profile", "app"}, c.Thing) {
			continue
		}
		if err := s.Access.Audit.Note(ctx, c.Thing+action, c.Organization, c.ID); err != nil {
			return err
		}
	}
	return nil
}

// ours tells whether an error is about the plan and not about the store, nor about
// too much that is to be done at once.
func ours(err error) bool {
	if denied := (*access.DeniedError)(nil); errors.As(err, &denied) && denied.Status == http.StatusTooManyRequests {
		return false
	}
	var own interface{ StatusCode() int }
	var bad *points.InvalidError
	return errors.As(err, &own) || errors.As(err, &bad) || errors.Is(err, fleet.ErrTaken) || errors.Is(err, fleet.ErrUnknown)
}
