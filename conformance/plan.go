package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Plan is what a script needs beside metrics: devices and their profiles, apps,
// and who sends its requests. The operator's API has it be there before the
// script, and takes it away afterwards.
type Plan struct {
	Body  string            // as /api/admin/v1/provision takes it; empty: nothing is to be made
	Own   []Entity          // what the plan and the script's own requests make
	Names []string          // ids, names and aliases, which are made unique to the run
	Keys  map[string]string // secrets by id; empty: the server makes one
	Users map[string]string // passwords by name; empty: the server makes one

	secrets []string // that stand in the plan, those of devices included
}

// Entity is one record of an Aion, by its list below /api/admin/v1.
type Entity struct{ List, ID string }

// lists are the lists of entities in the order in which they are taken away, each
// before what it may name.
func lists() []string { return []string{"keys", "users", "apps", "devices", "profiles"} }

// planned is what is read of a plan. Its entries may have further members.
type planned struct {
	Users    []struct{ Name, Password string }
	Keys     []struct{ ID, Secret string }
	Profiles []struct{ Name string }
	Devices  []struct {
		ID, Name, Secret string
		Aliases          []string
	}
	Apps []struct{ ID, Name string }
}

// parse reads what a plan names.
func (p *Plan) parse(text string) error {
	var members map[string]json.RawMessage
	var plan planned
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return fmt.Errorf("the plan is not JSON: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !slices.Contains(lists(), name) {
			return fmt.Errorf("a plan of a script has %s, not %q", strings.Join(lists(), ", "), name)
		}
	}
	if err := json.Unmarshal([]byte(text), &plan); err != nil {
		return fmt.Errorf("the plan: %w", err)
	}
	p.Body = text
	for _, k := range plan.Keys {
		p.own("keys", k.ID)
		p.Keys[k.ID] = k.Secret
		p.seal(k.Secret)
	}
	for _, u := range plan.Users {
		p.own("users", u.Name)
		p.Users[u.Name] = u.Password
		p.seal(u.Password)
	}
	for _, a := range plan.Apps {
		p.own("apps", a.ID)
		p.name(a.Name)
	}
	for _, d := range plan.Devices {
		p.own("devices", d.ID)
		p.name(append(d.Aliases, d.Name)...)
		p.seal(d.Secret)
	}
	for _, f := range plan.Profiles {
		p.own("profiles", f.Name)
	}
	return p.whole()
}

// own notes entities of a list, and that their ids are the script's.
func (p *Plan) own(list string, ids ...string) {
	for _, id := range ids {
		p.Own = append(p.Own, Entity{list, id})
	}
	p.name(ids...)
}

// name notes names that are the script's.
func (p *Plan) name(names ...string) {
	for _, n := range names {
		if n != "" && !slices.Contains(p.Names, n) {
			p.Names = append(p.Names, n)
		}
	}
}

// seal notes a secret.
func (p *Plan) seal(secret string) {
	if secret != "" {
		p.secrets = append(p.secrets, secret)
	}
}

// whole tells, as an error, that something of the plan has no id: the script could
// neither name it nor take it away.
func (p *Plan) whole() error {
	for _, e := range p.Own {
		if e.ID == "" {
			return fmt.Errorf("the plan: one of the %s has no id or name", e.List)
		}
	}
	return nil
}

// empty tells whether a script needs nothing but metrics.
func (p *Plan) empty() bool { return len(p.Own) == 0 }
