package connio

import (
	"net/http"

	"aion/api/access"
)

// posting are the calls to a property that are a feed or a query, as their body
// tells.
func (p *Protocol) posting() []route {
	handle := func(c *call) error {
		o, err := c.located()
		if err != nil {
			return err
		}
		return p.post(c, o)
	}
	routes := onData(http.MethodPost, "properties/{property}", access.WriteData, nil)
	for i := range routes {
		routes[i].serve = handle
	}
	return routes
}

// post takes a feed into a property, or answers a query of it. Who may do neither
// is told so before the body is looked at.
func (p *Protocol) post(c *call, o *object) error {
	writes, reads := c.permitted(o, access.WriteData), c.permitted(o, access.ReadData)
	if writes != nil && reads != nil {
		return c.refusal(o, writes)
	}
	text, err := c.incoming()
	if err != nil {
		return err
	}
	defer p.buffers.rest(text)
	body := spanOf(text.Bytes())
	if !queries(body) {
		if writes != nil {
			return c.refusal(o, writes)
		}
		return c.writeProperty(o, body)
	}
	if reads != nil {
		return c.refusal(o, reads)
	}
	property, err := c.property(o)
	if err != nil {
		return err
	}
	return p.asked(c, property, text.Bytes())
}

// queries tells whether a body is a query object: it has a member of one and no
// points.
func queries(body span) bool {
	asks := false
	for name := range body.members() {
		if name.named("dps") {
			return false
		}
		asks = asks || queryMember(name.text())
	}
	return asks
}
