package kairosdb

import (
	"strconv"

	"aion/api/kairosdb/gson"
)

// KairosDB's only query plugin is a sample without effect.
const (
	samplePlugin      = "samplePlugin"
	samplePluginClass = "class org.kairosdb.sample.SampleQueryPlugin"
)

// plugins checks query plugins, each with its properties.
func (d *decoder) plugins(context string, list *gson.Element) error {
	if list == nil {
		return nil
	}
	if err := list.Array(); err != nil {
		return thrown(err)
	}
	for i, e := range list.Items {
		if err := e.Object(); err != nil {
			return thrown(err)
		}
		name, err := named(context+"plugins["+strconv.Itoa(i)+"]", e)
		if err != nil {
			return err
		}
		if name != samplePlugin {
			if context == "" {
				context = "."
			}
			return bad(context + "plugins[" + strconv.Itoa(i) + "]." + name + " invalid query plugin name")
		}
		if err := d.p.sample(e); err != nil {
			return err
		}
	}
	return nil
}

// sample checks the properties of the sample: a message, which is a text.
func (p *Protocol) sample(e *gson.Element) error {
	for _, m := range e.Members {
		var err error
		switch {
		case m.Name == "name":
		case m.Name == "class":
			err = unreadable(m.Value)
		case m.Name != "message":
			err = noSetter(samplePlugin, m.Name, samplePluginClass)
		case m.Value.Kind == gson.NullKind:
			err = broken(nothingToValidate)
		default:
			_, err = p.text(m.Value, "$")
		}
		if err != nil {
			return err
		}
	}
	return nil
}
