package api

import (
	"fmt"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"aion/api/access"
)

// fill fills in what a token says, which has to be of the right kind where it is
// there. A claim that is called otherwise has to be there: without it a token
// would say more than its issuer meant.
func (t *Tokens) fill(c *access.Claims, said jwt.MapClaims) error {
	for _, name := range ClaimNames {
		value, there := said[t.name(name)]
		if !there && t.name(name) == name {
			continue
		}
		ok := false
		switch name {
		case "sub":
			c.Subject, ok = value.(string)
		case "org":
			c.Organization, ok = value.(string)
		case "role":
			c.Role, ok = roleOf(value)
		case "scope":
			c.Scopes, ok = scopesOf(value)
		case "context":
			c.Context, ok = contextOf(value)
		}
		if !ok {
			return fmt.Errorf("the claim %s is not as it should be", t.name(name))
		}
	}
	if c.Subject == "" {
		return fmt.Errorf("the claim %s is missing", t.name("sub"))
	}
	return nil
}

// name is what a claim is called in tokens.
func (t *Tokens) name(ours string) string {
	if theirs := t.config.Names[ours]; theirs != "" {
		return theirs
	}
	return ours
}

// texts are the texts of a claim: a list, or words with spaces between.
func texts(value any) ([]string, bool) {
	if text, ok := value.(string); ok {
		return strings.Fields(text), true
	}
	list, ok := value.([]any)
	all := make([]string, 0, len(list))
	for _, v := range list {
		text, isText := v.(string)
		if !isText {
			return nil, false
		}
		all = append(all, text)
	}
	return all, ok
}

// roleOf is the role that a claim says: of a list the highest of ours, which has
// to be there.
func roleOf(value any) (string, bool) {
	all, ok := texts(value)
	if !ok {
		return "", false
	}
	for _, role := range []access.Role{access.Root, access.Admin, access.Member, access.Viewer} {
		if slices.Contains(all, string(role)) {
			return string(role), true
		}
	}
	return "", false
}

// scopesOf are the scopes that a claim says. A claim that says none permits
// nothing, where one that is missing permits what the role does.
func scopesOf(value any) ([]access.Scope, bool) {
	all, ok := texts(value)
	if ok && len(all) == 0 {
		all = []string{"none"}
	}
	scopes := make([]access.Scope, len(all))
	for i, text := range all {
		scopes[i] = access.Scope(text)
	}
	return scopes, ok
}

// contextOf is the context that a claim says: {"type": …, "ids": […]}.
func contextOf(value any) (access.Context, bool) {
	said, ok := value.(map[string]any)
	if !ok {
		return access.Context{}, false
	}
	kind, ok := said["type"].(string)
	if !ok || kind == "" {
		return access.Context{}, false
	}
	c := access.Context{Type: access.Reach(kind)}
	if said["ids"] == nil {
		return c, true
	}
	list, ok := said["ids"].([]any)
	if !ok {
		return access.Context{}, false
	}
	c.IDs, ok = texts(list)
	return c, ok
}
