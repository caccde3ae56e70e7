package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"aion/api/access"
	"aion/api/admin"
)

// keyCommand manages keys.
type keyCommand struct {
	Create keyCreateCommand `cmd:"" help:"Make a key and print its id and its secret, this once."`
	List   keyListCommand   `cmd:"" help:"List keys."`
	Show   keyShowCommand   `cmd:"" help:"Show a key, without its secret."`
	Rotate keyRotateCommand `cmd:"" help:"Give a key a new secret; the old one is worth nothing at once."`
	Revoke keyRevokeCommand `cmd:"" help:"Make a key worth nothing for good."`
	Import keyImportCommand `cmd:"" help:"Take over keys whose ids and secrets devices hold already."`
}

// grantSettings are what a key is for.
type grantSettings struct {
	Organization string   `placeholder:"ID" help:"Tenant of the key; one that is not there yet is made. Without one it is the first."`
	Owner        string   `placeholder:"ID" help:"Device, user or client that the key belongs to."`
	Role         string   `default:"member" enum:"viewer,member,admin,root" help:"The most that the key may do: viewer reads, member writes data, too, admin manages its organization, root all."`
	Scope        []string `placeholder:"SCOPE" help:"What the key may do, such as device:read-data or device:write-data; without any all that its role may."`
	Context      string   `placeholder:"TYPE:ID,..." help:"Devices or apps that the key is for, such as device:d1,d2 or app:a1; without any the whole organization."`
	RateLimit    int      `default:"-1" placeholder:"N" help:"Calls a minute; -1: any number."`
	Expires      *instant `placeholder:"TIME" help:"When the key ends: 2027-01-01, 2027-01-01T15:04:05Z or milliseconds."`

	limitSettings
}

// fields are what a request says of a key.
type fields struct {
	ID           string          `json:"id,omitempty"`
	Secret       string          `json:"secret,omitempty"`
	Name         string          `json:"name,omitempty"`
	Organization string          `json:"organization,omitempty"`
	Owner        string          `json:"ownerId,omitempty"`
	Role         string          `json:"role,omitempty"`
	Scope        []string        `json:"scope,omitzero"` // empty: none
	Context      *access.Context `json:"context,omitempty"`
	RateLimit    int             `json:"rateLimit,omitempty"`
	Limits       access.Limits   `json:"limits,omitzero"`
	Expires      *admin.Deadline `json:"expires,omitempty"`
}

// fields are the settings as a request says them.
func (g *grantSettings) fields() (fields, error) {
	if g.RateLimit == 0 {
		return fields{}, errors.New("--rate-limit: got 0, want calls a minute, or -1 for any number")
	}
	f := fields{Organization: g.Organization, Owner: g.Owner, Role: g.Role, Scope: g.Scope, RateLimit: g.RateLimit, Limits: g.limits()}
	var err error
	if f.Context, err = parseContext(g.Context); err != nil {
		return fields{}, fmt.Errorf("--context: %w", err)
	}
	if g.Expires != nil {
		f.Expires = &admin.Deadline{Time: time.UnixMilli(int64(*g.Expires)).UTC()}
	}
	return f, nil
}

// parseContext reads a context: TYPE:ID,ID. The empty text is none.
func parseContext(text string) (*access.Context, error) {
	if text == "" {
		return nil, nil
	}
	kind, ids, _ := strings.Cut(text, ":")
	c := &access.Context{Type: access.Reach(kind)}
	if ids != "" {
		c.IDs = strings.Split(ids, ",")
	}
	switch {
	case c.Type != access.Account && c.Type != access.App && c.Type != access.Device, !c.Whole() && len(c.IDs) == 0:
		return nil, fmt.Errorf("got %q, want device: or app: and ids with commas between, such as device:d1,d2, or account", text)
	}
	return c, nil
}

// keyCreateCommand makes a key.
type keyCreateCommand struct {
	operatorSettings
	grantSettings
	Name string `placeholder:"TEXT" help:"What the key is for, for people."`
}

// Help is what key create --help prints below its first line.
func (*keyCreateCommand) Help() string {
	return "The secret is kept as a hash and shown this once. " + operatorHelp +
		"\n\nExample: aion key create --name partner --organization acme --scope device:read-data --context device:d1,d2 --rate-limit 60 --expires 2027-01-01 --json"
}

// operatorHelp is what the helps of all operators' commands say.
const operatorHelp = "A server that has the folder open does the work, and it takes hold there at once; without one the store is opened. " +
	"Exit code: 0 done, 1 failed, 2 a mistake in a setting."

// Run makes the key and prints it.
func (c *keyCreateCommand) Run(ctx context.Context, to *streams) error {
	body, err := c.fields()
	if err != nil {
		return &ended{exitUsage, err}
	}
	body.Name = c.Name
	return c.do(ctx, func(o *operator) error {
		fresh := c.Organization != "" && o.missing(ctx, "/organizations/"+url.PathEscape(c.Organization))
		var made access.KeyRecord
		if err := o.ask(ctx, http.MethodPost, "/keys", body, &made); err != nil {
			return err
		}
		return errors.Join(printKey(to.out, made, c.JSON), warn(to.err, fresh, made))
	})
}

// missing tells whether there is nothing at a path.
func (o *operator) missing(ctx context.Context, path string) bool {
	var found json.RawMessage
	answer, ok := errors.AsType[*answerError](o.ask(ctx, http.MethodGet, path, nil, &found))
	return ok && answer.status == http.StatusNotFound
}

// warn says what whoever makes a key may not expect.
func warn(to io.Writer, fresh bool, made access.KeyRecord) error {
	var failed error
	say := func(format string, args ...any) {
		_, err := fmt.Fprintf(to, "aion: "+format+"\n", args...)
		failed = errors.Join(failed, err)
	}
	if fresh {
		say("the organization %s is new", made.Organization)
	}
	if unknown := access.Unknown(made.Scopes); len(unknown) > 0 {
		say("kept, but permitting nothing: %v", unknown)
	}
	return failed
}

// keyListCommand lists keys.
type keyListCommand struct {
	operatorSettings
	Organization string `placeholder:"ID" help:"Only those of this tenant."`
}

// Help is what key list --help prints below its first line.
func (*keyListCommand) Help() string {
	return operatorHelp + "\n\nExample: aion key list --organization acme"
}

// Run prints a table, or JSON.
func (c *keyListCommand) Run(ctx context.Context, to *streams) error {
	return c.do(ctx, func(o *operator) error {
		all, err := everyOne(ctx, o, "keys", c.Organization, func(r access.KeyRecord) string { return r.ID })
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(to.out, all)
		}
		rows := [][]string{{"ID", "NAME", "ORGANIZATION", "ROLE", "SCOPE", "CONTEXT", "RATE", "LIMITS", "LAST USED", "EXPIRES", "REVOKED"}}
		for _, r := range all {
			rows = append(rows, []string{r.ID, r.Name, r.Organization, string(r.Role), scopesText(r.Scopes), contextText(r.Context),
				rateText(r.RateLimit), r.Limits.String(), timeText(r.Used), timeText(r.Expires), timeText(r.Revoked)})
		}
		return printTable(to.out, rows)
	})
}

// everyOne are all records of a list, page by page.
func everyOne[T any](ctx context.Context, o *operator, name, organization string, id func(T) string) ([]T, error) {
	all := []T{}
	for query := (url.Values{"limit": {"1000"}, "organization": {organization}}); ; {
		page := map[string]json.RawMessage{}
		if err := o.ask(ctx, http.MethodGet, "/"+name+"?"+query.Encode(), nil, &page); err != nil {
			return nil, err
		}
		var some []T
		if err := json.Unmarshal(page[name], &some); err != nil {
			return nil, err
		}
		all = append(all, some...)
		if page["next"] == nil {
			return all, nil
		}
		query.Set("after", id(some[len(some)-1]))
	}
}

// keyOne is a command about one key.
type keyOne struct {
	operatorSettings
	ID string `arg:"" name:"id" help:"Id of the key."`
}

// run asks for the key and prints it.
func (c *keyOne) run(ctx context.Context, to *streams, method, action string) error {
	return c.do(ctx, func(o *operator) error {
		var r access.KeyRecord
		if err := o.ask(ctx, method, "/keys/"+url.PathEscape(c.ID)+action, nil, &r); err != nil {
			return err
		}
		return printKey(to.out, r, c.JSON)
	})
}

// keyShowCommand shows a key.
type keyShowCommand struct{ keyOne }

// Help is what key show --help prints below its first line.
func (*keyShowCommand) Help() string {
	return operatorHelp + "\n\nExample: aion key show _key_924201752433266229 --json"
}

// Run prints the key.
func (c *keyShowCommand) Run(ctx context.Context, to *streams) error {
	return c.run(ctx, to, http.MethodGet, "")
}

// keyRotateCommand gives a key a new secret.
type keyRotateCommand struct{ keyOne }

// Help is what key rotate --help prints below its first line.
func (*keyRotateCommand) Help() string {
	return operatorHelp + "\n\nExample: aion key rotate _key_924201752433266229"
}

// Run prints the key with its new secret.
func (c *keyRotateCommand) Run(ctx context.Context, to *streams) error {
	return c.run(ctx, to, http.MethodPost, "/rotate")
}

// keyRevokeCommand makes a key worth nothing.
type keyRevokeCommand struct{ keyOne }

// Help is what key revoke --help prints below its first line.
func (*keyRevokeCommand) Help() string {
	return "Every server on the store refuses the key within a second, and ends its requests under way. " + operatorHelp +
		"\n\nExample: aion key revoke _key_924201752433266229"
}

// Run prints the key.
func (c *keyRevokeCommand) Run(ctx context.Context, to *streams) error {
	return c.run(ctx, to, http.MethodPost, "/revoke")
}
