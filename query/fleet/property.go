package fleet

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// Property is one thing that a device measures or is told. Its points are
// series of Metric.
type Property struct {
	ID         string      `json:"id,omitempty" yaml:"id"`
	Name       string      `json:"name" yaml:"name"`
	Type       string      `json:"type,omitempty" yaml:"type"`     // one of Types; empty: that of the first value
	Access     string      `json:"access,omitempty" yaml:"access"` // private, protected or public
	Boundaries *Boundaries `json:"boundaries,omitempty" yaml:"boundaries"`
	Retention  *Retention  `json:"retention,omitempty" yaml:"retention"`
}

// Retention is how long a property's points are kept, and which of them.
type Retention struct {
	Type      string     `json:"type,omitempty" yaml:"type"`         // historical, or mostrecent: one value
	Lifetime  string     `json:"lifetime,omitempty" yaml:"lifetime"` // unlimited, or such as 90days, 3months, 1years
	Capacity  int64      `json:"capacity,omitempty" yaml:"capacity"` // most points of a device; 0: any number
	Condition *Condition `json:"condition,omitempty" yaml:"condition"`
}

// Condition says which values are worth storing.
type Condition struct {
	When  string  `json:"when" yaml:"when"` // always, changed, or changedx: by more than Value percent
	Value float64 `json:"value,omitempty" yaml:"value"`
}

// Types are the types that values of properties have.
func Types() []string { return []string{"number", "boolean", "string", "enum", "object", "waypoint"} }

// Metric is the name of the series of a property: its name in lower case.
func Metric(property string) string { return strings.ToLower(property) }

// Life is how long points are kept, in calendar units. Zero: for ever.
type Life struct{ Days, Months, Years int }

// ParseLife reads a lifetime: unlimited, or a number and days, months or years.
func ParseLife(text string) (Life, error) {
	if text == "" || text == "unlimited" {
		return Life{}, nil
	}
	unit := strings.TrimLeft(text, "0123456789")
	if n, err := strconv.Atoi(strings.TrimSuffix(text, unit)); err == nil && n > 0 && n <= 1e6 {
		switch strings.TrimSuffix(unit, "s") {
		case "day":
			return Life{Days: n}, nil
		case "month":
			return Life{Months: n}, nil
		case "year":
			return Life{Years: n}, nil
		}
	}
	return Life{}, fmt.Errorf("got %q, want unlimited, or such as 90days, 3months or 1years", text)
}

// Before is the first time that is kept at now; ok is false where everything is.
func (l Life) Before(now time.Time) (at time.Time, ok bool) {
	return now.UTC().AddDate(-l.Years, -l.Months, -l.Days), l != Life{}
}

// KeptFrom is the first time of which a rule keeps points at now; nil keeps all.
// What is older is gone for readers, though no sweeper has been there yet.
func (r *Retention) KeptFrom(now time.Time) int64 {
	if r == nil {
		return points.Always.From
	}
	life, err := ParseLife(r.Lifetime)
	before, ok := life.Before(now)
	if err != nil || !ok {
		return points.Always.From
	}
	return before.UnixMilli()
}

// Private tells whether nobody sees anything of the property but the device whose it
// is and who administers the organization.
func (p *Property) Private() bool { return levelOf(p) == storage.Private }

// arrange brings p into the form in which it is kept.
func (p *Property) arrange() {
	p.Type, p.Access = strings.ToLower(p.Type), strings.ToLower(p.Access)
	if p.Access == "" {
		p.Access = "public"
	}
	if p.ID == "" {
		p.ID = "_prp_" + digits(newNumber())
	}
	if r := p.Retention; r != nil {
		if kept := *r; kept.Type == "" {
			kept.Type = "historical"
			p.Retention = &kept
		}
	}
}

// inherit gives the properties of a list the ids that they had in another one,
// where they have none. The answer is a list of its own.
func inherit(list, from []Property) []Property {
	list = slices.Clone(list)
	for i := range list {
		p := &list[i]
		same := func(old Property) bool { return Metric(old.Name) == Metric(p.Name) }
		if at := slices.IndexFunc(from, same); p.ID == "" && at >= 0 {
			p.ID = from[at].ID
		}
		p.arrange()
	}
	return list
}

// Check is an InvalidError with all that is wrong with p by itself, or nil.
func (p *Property) Check() error {
	var wrong problems
	wrong.property("", p)
	return wrong.err()
}

// properties checks a list of properties. It takes them as they are written.
func (p *problems) properties(list []Property) {
	p.most("properties", len(list), maxProps)
	seen := map[string]bool{}
	for i := range list {
		at := fmt.Sprintf("properties[%d]", i)
		p.property(at+".", &list[i])
		for _, name := range []string{"name " + Metric(list[i].Name), "id " + list[i].ID} {
			if seen[name] && name != "id " {
				p.add("%s: there are two with the %s", at, name)
			}
			seen[name] = true
		}
	}
}

// property checks one property. at is before the names of its members.
func (p *problems) property(at string, x *Property) {
	p.text(at+"id", x.ID, 0, maxID)
	p.text(at+"name", x.Name, 1, maxName)
	if strings.Contains(x.Name, "$") {
		p.add("%sname: got %q, want it without $", at, x.Name)
	}
	if x.Type != "" && !slices.Contains(Types(), strings.ToLower(x.Type)) {
		p.add("%stype: got %q, want one of %s", at, x.Type, strings.Join(Types(), ", "))
	}
	if !slices.Contains([]string{"", "private", "protected", "public"}, strings.ToLower(x.Access)) {
		p.add("%saccess: got %q, want private, protected or public", at, x.Access)
	}
	if x.Boundaries != nil {
		p.boundaries(at+"boundaries", x.Boundaries)
	}
	if x.Retention != nil {
		p.retention(at+"retention", x.Retention)
	}
}

// retention checks how long points are kept.
func (p *problems) retention(at string, r *Retention) {
	if !slices.Contains([]string{"", "historical", "mostrecent"}, r.Type) {
		p.add("%s.type: got %q, want historical or mostrecent", at, r.Type)
	}
	if _, err := ParseLife(r.Lifetime); err != nil {
		p.add("%s.lifetime: %v", at, err)
	}
	if r.Capacity < 0 {
		p.add("%s.capacity: got %d, want 0 or more", at, r.Capacity)
	}
	c := r.Condition
	switch {
	case c == nil:
	case !slices.Contains([]string{"always", "changed", "changedx"}, c.When):
		p.add("%s.condition.when: got %q, want always, changed or changedx", at, c.When)
	case c.When == "changedx" && !(c.Value >= 1 && c.Value <= 100):
		p.add("%s.condition.value: got %v, want 1 to 100", at, c.Value)
	}
}
