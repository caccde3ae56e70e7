package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// shape is which members a part of a provisioning file may have: those of a
// mapping, or of each mapping of a list. A member without a shape is a value.
type shape struct {
	members map[string]*shape
	list    bool
}

// values are members that are values, or lists of values.
func values(names ...string) map[string]*shape {
	all := map[string]*shape{}
	for _, name := range names {
		all[name] = nil
	}
	return all
}

// with are members and one more.
func with(members map[string]*shape, name string, s *shape) map[string]*shape {
	members[name] = s
	return members
}

// planShape is the shape of a provisioning file.
func planShape() *shape {
	condition := &shape{members: values("when", "value")}
	retention := &shape{members: with(values("type", "lifetime", "capacity"), "condition", condition)}
	boundaries := &shape{members: with(values("min", "max", "size", "lat", "lon", "radius", "inside"), "enum", &shape{members: values("set")})}
	property := &shape{list: true, members: with(with(values("id", "name", "type", "access"),
		"boundaries", boundaries), "retention", retention)}
	ingestion := &shape{members: values("rateLimit", "maxNrOfDpPerFeed")}
	device := with(values("id", "organization", "name", "aliases", "status", "secret", "profile", "retentionPolicy"), "properties", property)
	device = with(device, "ingestion", ingestion)
	limits := &shape{members: values("points", "series", "groups", "memory", "timeout", "queries", "body")}
	key := with(values("id", "secret", "organization", "role", "ownerId", "scope", "rateLimit", "expires"), "limits", limits)
	return &shape{members: map[string]*shape{
		"organizations": {list: true, members: with(with(values("id", "name"), "limits", limits), "ingestion", ingestion)},
		"users":         {list: true, members: values("name", "organization", "role", "password")},
		"keys":          {list: true, members: with(key, "context", &shape{members: values("type", "ids")})},
		"profiles":      {list: true, members: with(values("name"), "properties", property)},
		"devices":       {list: true, members: with(device, "rights", &shape{list: true, members: values("user", "right")})},
		"apps":          {list: true, members: with(values("id", "organization", "name", "devices"), "properties", property)},
	}}
}

// problem is something that is wrong with a file, and the line it stands in.
type problem struct {
	line int
	text string
}

// planFile is a provisioning file as it was read.
type planFile struct {
	root  *yaml.Node
	lines map[string]int // where entries begin: devices[0]
}

// yamlLine finds the line in an error of the YAML library.
var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:unmarshal errors:\s*)?line (\d+): (.*)`)

// ofYAML is an error of the YAML library as a problem.
func ofYAML(err error) problem {
	text := strings.TrimPrefix(strings.Join(strings.Fields(err.Error()), " "), "yaml: ")
	if found := yamlLine.FindStringSubmatch(text); found != nil {
		line, _ := strconv.Atoi(found[1]) // digits
		return problem{line, found[2]}
	}
	return problem{1, text}
}

// parsePlan reads a provisioning file, which is YAML and so may be JSON. What is
// wrong with its form, and every member that it must not have, is told at once.
func parsePlan(text []byte) (*planFile, []problem) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	var document yaml.Node
	switch err := d.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, []problem{{1, "there is nothing in it"}}
	case err != nil:
		return nil, []problem{ofYAML(err)}
	}
	var more yaml.Node
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, []problem{{max(more.Line, 1), "there is a second document"}}
	}
	p := &planFile{document.Content[0], map[string]int{}}
	var whole any
	if err := p.root.Decode(&whole); err != nil { // which bounds what aliases make of it, too
		return nil, []problem{ofYAML(err)}
	}
	r := &planReader{file: p, seen: map[seenNode]bool{}}
	r.read(p.root, planShape(), "")
	return p, r.problems
}

// planReader compares a file with its shape.
type planReader struct {
	file     *planFile
	problems []problem
	seen     map[seenNode]bool
}

// seenNode is a node that was compared with a shape: aliases may lead to it again.
type seenNode struct {
	node  *yaml.Node
	shape *shape
}

// add notes a problem.
func (r *planReader) add(n *yaml.Node, format string, args ...any) {
	r.problems = append(r.problems, problem{n.Line, fmt.Sprintf(format, args...)})
}

// read compares a node at a path with its shape.
func (r *planReader) read(n *yaml.Node, s *shape, path string) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if s == nil || r.seen[seenNode{n, s}] || n.Tag == "!!null" {
		return
	}
	r.seen[seenNode{n, s}] = true
	switch {
	case s.list && n.Kind != yaml.SequenceNode:
		r.add(n, "%s: want a list", path)
	case s.list:
		for i, entry := range n.Content {
			at := fmt.Sprintf("%s[%d]", path, i)
			r.file.lines[at] = entry.Line
			r.mapping(entry, s, at)
		}
	default:
		r.mapping(n, s, path)
	}
}

// mapping compares a mapping with the members it may have.
func (r *planReader) mapping(n *yaml.Node, s *shape, path string) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.MappingNode {
		r.add(n, "%s: want members such as %s", cmp.Or(path, "the file"), strings.Join(slices.Sorted(maps.Keys(s.members)), ", "))
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		if name.Tag == "!!merge" {
			r.merged(value, s, path)
			continue
		}
		at := strings.TrimPrefix(path+"."+name.Value, ".")
		member, known := s.members[name.Value]
		if !known {
			r.add(name, "%s: there is no such member; there are %s", at, strings.Join(slices.Sorted(maps.Keys(s.members)), ", "))
			continue
		}
		r.read(value, member, at)
	}
}

// merged compares what is merged into a mapping with the members it may have.
func (r *planReader) merged(n *yaml.Node, s *shape, path string) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.SequenceNode {
		r.mapping(n, s, path)
		return
	}
	for _, part := range n.Content {
		r.mapping(part, s, path)
	}
}

// json is the file as the server takes it.
func (p *planFile) json() (json.RawMessage, error) {
	var whole any
	if err := p.root.Decode(&whole); err != nil {
		return nil, err
	}
	return json.Marshal(whole)
}

// entryName finds the entry that a problem is about.
var entryName = regexp.MustCompile(`^\w+\[\d+\]`)

// located are problems that a server has told, with the lines of their entries.
func (p *planFile) located(texts []string) []problem {
	var all []problem
	for _, text := range texts {
		all = append(all, problem{max(p.lines[entryName.FindString(text)], 1), text})
	}
	return all
}
