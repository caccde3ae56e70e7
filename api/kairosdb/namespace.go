package kairosdb

import (
	"net/http"

	"aion/api/access"
	"aion/storage"
	"aion/storage/catalog"
	"aion/storage/points"
)

// services is the key store as far as somebody may see it. Who sees series
// without any tag, which is everybody where there is one organization and the
// first organization where there are several, shares KairosDB's. Every other
// organization has services of its own. Who works on devices or apps alone has
// none.
func (p *Protocol) services(who *access.Principal) (storage.Services, error) {
	switch {
	case who.Narrow():
		return nil, &access.DeniedError{Status: http.StatusForbidden, Reason: "metadata are for those who work on a whole organization"}
	case p.Services == nil || home(who):
		return p.Services, nil
	}
	return catalog.Namespace(p.Services, who.Organization), nil
}

// home tells whether somebody sees what belongs to no organization by name.
func home(who *access.Principal) bool {
	return !who.Narrow() && who.Constraint.Permits(&points.Key{})
}
