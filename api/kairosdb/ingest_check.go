package kairosdb

import (
	"strconv"

	"aion/api/kairosdb/gson"
)

// check looks at name, time and value, and tags.
func (p *ingestParser) check() error {
	o := &p.object
	had := p.problems.count()
	if !o.skip {
		p.checkText(o.context(p.count)+".name", o.name)
		if err := p.checkValue(); err != nil {
			return err
		}
		p.checkTags()
	}
	o.refused = p.problems.count() > had
	for _, t := range o.tags {
		if !o.refused && !t.value.given {
			return broken("")
		}
	}
	return nil
}

// checkText names the problem of a text that may be neither null nor empty.
func (p *ingestParser) checkText(context string, s optional[string]) {
	switch {
	case !s.given:
		p.problems.add(context + " may not be null.")
	case s.v == "":
		p.problems.add(context + " may not be empty.")
	}
}

// checkValue looks at the single value and its time.
func (p *ingestParser) checkValue() error {
	o := &p.object
	context := o.context(p.count)
	switch {
	case o.at().given && o.value == nil:
		p.problems.add(context + ".value may not be null.")
	case o.at().given:
		_, err := p.checkElement(context+".value", o.value, o.kind)
		return err
	case o.value != nil && o.value.Kind != gson.NullKind:
		p.problems.add(context + ".timestamp may not be null.")
	}
	return nil
}

// checkElement looks at a value as Validator.isNotNullOrEmpty does. The develop
// branch leaves out the check of texts.
func (p *ingestParser) checkElement(context string, e *gson.Element, kind optional[string]) (bool, error) {
	switch {
	case p.release.anyText && kind.given && kind.v == "string":
		return true, nil
	case e.Kind == gson.NullKind:
		p.problems.add(context + " may not be empty.")
		return false, nil
	case e.Kind == gson.ArrayKind && len(e.Items) == 0:
		p.problems.add(context + " may not be an empty array.")
		return false, nil
	case e.Kind == gson.ObjectKind:
		return true, nil
	}
	s, err := e.AsString()
	if err != nil {
		return false, thrown(err)
	}
	if s == "" {
		p.problems.add(context + " may not be empty.")
	}
	return s != "", nil
}

// checkTags looks at the tags.
func (p *ingestParser) checkTags() {
	o := &p.object
	context := o.context(p.count)
	if len(o.tags) == 0 {
		p.problems.add(context + ".tags count must be greater than or equal to 1.")
	}
	for i, t := range o.tags {
		tag := context + ".tag[" + strconv.Itoa(i) + "]"
		if p.checkText(tag+".name", t.name); t.name.v != "" {
			tag = context + ".tag[" + t.name.v + "]"
		}
		p.checkText(tag+".value", t.value)
	}
}
