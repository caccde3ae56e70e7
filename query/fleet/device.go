package fleet

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"aion/storage/points"
)

// Status tells whether a device may be read and written by device protocols.
type Status string

// The statuses of devices.
const (
	Enabled  Status = "enabled"
	Disabled Status = "disabled"
)

// Right is what a user may do with one device, beside what the user's role
// permits: admin, write, read or peek.
type Right struct {
	User  string `json:"user"`
	Right string `json:"right"`
}

// Ingestion is how much a device may feed by Connio's protocol, beside what its
// organization's plan says. A member that is zero says nothing, -1 is any amount.
type Ingestion struct {
	RateLimit int `json:"rateLimit,omitempty"`        // feeds a minute
	MaxPoints int `json:"maxNrOfDpPerFeed,omitempty"` // data points of one feed
}

// Device is a device as it is kept. Number, Created, Modified, SecretHash and
// Policies are the fleet's own: what callers put there is passed over.
type Device struct {
	ID              string         `json:"id"`
	Organization    string         `json:"-"` // told by where the record lies
	Name            string         `json:"name,omitempty"`
	Aliases         []string       `json:"aliases,omitempty"`
	Status          Status         `json:"status"`
	Profile         string         `json:"profile,omitempty"`
	Properties      []Property     `json:"properties,omitempty"` // beside the profile's
	RetentionPolicy string         `json:"retentionPolicy,omitempty"`
	Policies        []string       `json:"policies,omitempty"` // all that it has ever had
	Rights          []Right        `json:"rights,omitempty"`
	Ingestion       Ingestion      `json:"ingestion,omitzero"`
	Attributes      map[string]any `json:"attributes,omitempty"` // whatever else is known of it
	Number          int64          `json:"number"`               // see Identifiers
	SecretHash      string         `json:"secret,omitempty"`
	Created         time.Time      `json:"created"`
	Modified        time.Time      `json:"modified"`

	// NewSecret is a secret to be set; it is stored hashed and never read back.
	NewSecret string `json:"-"`
}

// The longest texts of a record, and the most of a list.
const (
	maxID      = 512
	maxName    = 512
	maxAliases = 64
	maxRights  = 1000
	maxProps   = 1000
)

// policyDays is for how many days one of Yggio's policies keeps points; 0 is for
// ever. Not ok: there is no such policy.
func policyDays(policy string) (days int, ok bool) {
	switch policy {
	case "", "retentionForever":
		return 0, true
	case "retention2days":
		return 2, true
	case "retention30days":
		return 30, true
	case "retention183days":
		return 183, true
	case "retention365days":
		return 365, true
	case "retention730days":
		return 730, true
	case "retention1826days":
		return 1826, true
	}
	return 0, false
}

// check is an InvalidError with all that is wrong with d, or nil.
func (d *Device) check() error {
	var p problems
	p.text("id", d.ID, 1, maxID)
	p.text("name", d.Name, 0, maxName)
	p.most("aliases", len(d.Aliases), maxAliases)
	for i, a := range d.Aliases {
		p.text(fmt.Sprintf("aliases[%d]", i), a, 1, maxID)
	}
	if d.Status != Enabled && d.Status != Disabled {
		p.add("status: got %q, want enabled or disabled", d.Status)
	}
	if _, ok := policyDays(d.RetentionPolicy); !ok {
		p.add("retentionPolicy: got %q, want retentionForever, or retention2days, 30, 183, 365, 730 or 1826", d.RetentionPolicy)
	}
	p.properties(d.Properties)
	p.ingestion(d.Ingestion)
	p.most("rights", len(d.Rights), maxRights)
	for i, r := range d.Rights {
		p.text(fmt.Sprintf("rights[%d].user", i), r.User, 1, maxName)
		if !slices.Contains([]string{"admin", "write", "read", "peek"}, r.Right) {
			p.add("rights[%d].right: got %q, want admin, write, read or peek", i, r.Right)
		}
	}
	if d.NewSecret != "" && !validSecret(d.NewSecret) {
		p.add("secret: want %d to 128 characters of A-Z a-z 0-9 - . _", leastSecret)
	}
	return p.err()
}

// arrange brings d into the form in which it is kept. was is what it was before.
func (d *Device) arrange(was *Device) {
	if d.Status == "" {
		d.Status = Enabled
	}
	if len(d.Aliases) != 0 {
		d.Aliases = slices.Compact(slices.Sorted(slices.Values(d.Aliases)))
		d.Aliases = slices.DeleteFunc(d.Aliases, func(a string) bool { return a == d.ID })
	}
	if d.RetentionPolicy != "" && !slices.Contains(d.Policies, d.RetentionPolicy) {
		d.Policies = append(slices.Clone(d.Policies), d.RetentionPolicy)
	}
	d.Properties = inherit(d.Properties, was.Properties)
}

// ruled tells whether the sweeper has to look at d.
func (d *Device) ruled() bool {
	limited := func(policy string) bool { days, _ := policyDays(policy); return days != 0 }
	return slices.ContainsFunc(d.Policies, limited) ||
		slices.ContainsFunc(d.Properties, func(p Property) bool { return p.Retention != nil })
}

// problems gathers what is wrong with a record.
type problems []string

// add notes a problem.
func (p *problems) add(format string, args ...any) { *p = append(*p, fmt.Sprintf(format, args...)) }

// text checks the length of a text and what it is made of.
func (p *problems) text(field, text string, least, most int) {
	switch {
	case len(text) < least:
		p.add("%s: it is missing", field)
	case len(text) > most:
		p.add("%s: it has %d bytes, and at most %d are kept", field, len(text), most)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		p.add("%s: got %q, want UTF-8 without control characters", field, text)
	}
}

// ingestion checks how much a device may feed.
func (p *problems) ingestion(i Ingestion) {
	if i.RateLimit < -1 {
		p.add("ingestion.rateLimit: got %d, want feeds a minute, or -1 for any number", i.RateLimit)
	}
	if i.MaxPoints < -1 {
		p.add("ingestion.maxNrOfDpPerFeed: got %d, want data points of a feed, or -1 for any number", i.MaxPoints)
	}
}

// most checks the length of a list.
func (p *problems) most(field string, n, most int) {
	if n > most {
		p.add("%s: there are %d, and at most %d are kept", field, n, most)
	}
}

// err is all problems, or nil.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return &points.InvalidError{Problems: p}
}
