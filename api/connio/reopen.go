package connio

import (
	"net/http"
	"strings"

	"aion/query/fleet"
)

// keptClosed tells, as an error, that properties which a profile is to have would open
// what stays closed of it to who asks, to whom the access types of properties apply:
// he is told what he is told of one that is there.
func (c *call) keptClosed(profile string, list ...fleet.Property) error {
	if !c.asker.Confined() {
		return nil
	}
	for i := range list {
		opens, err := c.p.Fleet.Reopens(c.ctx(), c.asker.Organization, profile, &list[i])
		if err != nil {
			return err
		}
		if opens {
			return &Fault{http.StatusConflict, "name: there is a property called so already"}
		}
	}
	return nil
}

// public tells whether the access type of a property keeps nothing from anybody.
func public(p *fleet.Property) bool { return p.Access == "" || strings.EqualFold(p.Access, "public") }
