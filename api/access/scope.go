package access

import (
	"fmt"
	"strings"
)

// Role is how much its bearer may do at most.
type Role string

// The roles, each with all that the one before has.
const (
	Viewer Role = "viewer" // reads
	Member Role = "member" // writes data, changes devices
	Admin  Role = "admin"  // changes whatever its organization has
	Root   Role = "root"   // changes every organization
)

// ParseRole reads the name of a role.
func ParseRole(text string) (Role, error) {
	switch r := Role(text); r {
	case Viewer, Member, Admin, Root:
		return r, nil
	}
	return "", fmt.Errorf("got %q, want viewer, member, admin or root", text)
}

// shared is the role without memory of its own: 100,000 keys have four of them.
func (r Role) shared() Role {
	for _, known := range [...]Role{Viewer, Member, Admin, Root} {
		if r == known {
			return known
		}
	}
	return r
}

// has tells whether the role may have a scope.
func (r Role) has(s Scope) bool {
	thing, action, _ := strings.Cut(string(s.plain()), ":")
	switch r {
	case Admin, Root:
		return true
	case Member:
		data := thing == "device" || thing == "app"
		return readOnly(action) || data && (action == "write-data" || action == "execute" || action == "modify" || action == "create")
	case Viewer:
		return readOnly(action)
	}
	return false
}

// readOnly tells whether an action changes nothing.
func readOnly(action string) bool { return action == "read" || action == "read-data" }

// Scope is one right, as Connio names it: a thing and an action. Scopes that
// are not known are kept and permit nothing.
type Scope string

// The scopes that Aion asks for.
const (
	ReadData     Scope = "device:read-data"
	WriteData    Scope = "device:write-data"
	ReadDevice   Scope = "device:read"
	CreateDevice Scope = "device:create"
	ChangeDevice Scope = "device:modify"
	DeleteDevice Scope = "device:delete"
	ReadAppData  Scope = "app:read-data"
	WriteAppData Scope = "app:write-data"
)

// plain is the scope by the name that is in use today: an old kit calls
// device:execute device:execute-method.
func (s Scope) plain() Scope {
	if of, ok := strings.CutSuffix(string(s), ":execute-method"); ok {
		return Scope(of + ":execute")
	}
	return s
}
