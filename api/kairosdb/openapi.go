package kairosdb

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/labstack/echo/v4"
)

// description describes every route that there is in any release and setting.
//
//go:embed openapi.json
var description []byte

// openAPI makes the description of the routes that p has.
func (p *Protocol) openAPI() ([]byte, error) {
	var document map[string]json.RawMessage
	var paths map[string]map[string]json.RawMessage
	if err := json.Unmarshal(description, &document); err != nil {
		return nil, fmt.Errorf("read the description: %w", err)
	}
	if err := json.Unmarshal(document["paths"], &paths); err != nil {
		return nil, fmt.Errorf("read the paths of the description: %w", err)
	}
	offered := map[string]map[string]json.RawMessage{}
	for i := range p.routes {
		r := &p.routes[i]
		for method, operation := range paths[r.full()] {
			if !r.offers(method) {
				continue
			}
			if offered[r.full()] == nil {
				offered[r.full()] = map[string]json.RawMessage{}
			}
			offered[r.full()][method] = operation
		}
	}
	text, err := json.Marshal(offered)
	if err != nil {
		return nil, err
	}
	document["paths"] = text
	return json.Marshal(document)
}

// offers tells whether a resource has a method, by its name in descriptions.
func (r *route) offers(method string) bool {
	return map[string]echo.HandlerFunc{"get": r.get, "post": r.post, "put": r.put, "delete": r.delete}[method] != nil
}

// describe answers with the description.
func (p *Protocol) describe(c echo.Context) error {
	text, err := p.described()
	if err != nil {
		return err
	}
	return p.answerText(c, text)
}
