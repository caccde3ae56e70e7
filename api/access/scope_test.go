package access_test

import (
	"testing"

	"aion/api/access"
)

// TestScopes: the scopes of a key permit what they name, to the letter, but for the
// name that old kits have for executing; the role bounds them.
func TestScopes(t *testing.T) {
	for _, tt := range []struct {
		role  access.Role
		has   access.Scope
		asked access.Scope
		want  bool
	}{
		{access.Member, "device:read-data", access.ReadData, true}, {access.Member, "device:read-data", access.WriteData, false},
		{access.Member, "device:execute-method", "device:execute", true}, {access.Member, "app:execute", "app:execute-method", true},
		{access.Member, "device:read-data-method", access.ReadData, false}, {access.Admin, "device:delete-method", access.DeleteDevice, false},
		{access.Member, "DEVICE:READ-DATA", access.ReadData, false}, {access.Member, "device:*", access.ReadData, false}, {access.Root, "*", access.ReadData, false},
		{access.Viewer, "device:write-data", access.WriteData, false}, {access.Member, "device:delete", access.DeleteDevice, false},
	} {
		p := &access.Principal{Kind: access.Key, Role: tt.role, Scopes: []access.Scope{tt.has}}
		if got := p.May(tt.asked); got != tt.want {
			t.Errorf("a %s with %s, asked for %s: got %t, want %t", tt.role, tt.has, tt.asked, got, tt.want)
		}
	}
}
