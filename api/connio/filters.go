package connio

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"aion/api/access"
	"aion/query/fleet"
	"aion/storage/points"
)

// filters are the conditions of a list of devices. All must hold; a name is asked for
// alone.
type filters struct {
	name    string
	profile string // is_a: by name in any case, or by id
	tags    tagFilter
	values  []valueFilter
}

// listDevices lists the devices that who asks may see, of those the ones that he
// asks for.
func (c *call) listDevices() error {
	if err := access.Check(c.ctx(), c.route.scope); err != nil {
		return err
	}
	wanted, err := c.filters()
	if err != nil {
		return err
	}
	apps, err := c.appsOf()
	if err != nil {
		return err
	}
	ctx, release := c.clocked()
	defer release()
	if len(wanted.values) > 0 {
		done, err := access.Turn(ctx)
		if err != nil {
			return err
		}
		defer done()
	}
	return listed(c, func(yield func(deviceView, error) bool) {
		for d, err := range c.devices() {
			passes := false
			if err == nil {
				passes, err = c.passes(ctx, &wanted, d)
			}
			if err != nil {
				yield(deviceView{}, err)
				return
			}
			if !passes {
				continue
			}
			if !yield(c.view(&object{Device: *d}, among(d, apps)), nil) {
				return
			}
		}
	})
}

// filters reads the conditions of a list of devices. Whoever asks for values must be
// one who may read them.
func (c *call) filters() (f filters, err error) {
	all := c.QueryParams()
	f.name, f.profile = all.Get("name"), all.Get("is_a")
	if f.name != "" {
		return filters{name: f.name}, nil
	}
	for _, text := range all["tags"] {
		if err := f.tags.read(text); err != nil {
			return f, err
		}
	}
	for _, text := range all["prop"] {
		v, err := valueFilterOf(text)
		if err != nil {
			return f, err
		}
		f.values = append(f.values, v)
	}
	if len(f.values) > 0 {
		err = access.Check(c.ctx(), access.ReadData)
	}
	return f, err
}

// passes tells whether a device is one that the list is for. At the end of ctx it
// answers why that has ended.
func (c *call) passes(ctx context.Context, f *filters, d *fleet.Device) (bool, error) {
	switch {
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	case f.name != "":
		return called(d, f.name) != notAtAll, nil
	case f.profile != "" && (d.Profile == "" || !strings.EqualFold(d.Profile, f.profile) && profileID(d.Organization, d.Profile) != f.profile),
		!f.tags.holds(d.Attributes["tags"]):
		return false, nil
	}
	for i := range f.values {
		if ok, err := c.valued(ctx, &f.values[i], d); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// tagFilter is a condition on the tags of a device: it has all of some, none of
// others, and one of those that stand for each other.
type tagFilter struct{ all, none, some []string }

// read reads a condition such as house, kitchen^, bathroom^, -mansion.
func (f *tagFilter) read(text string) error {
	for tag := range strings.SplitSeq(text, ",") {
		tag = strings.TrimSpace(tag)
		either, or := strings.CutSuffix(tag, "^")
		without, not := strings.CutPrefix(tag, "-")
		switch {
		case tag == "", either == "", without == "", or && not:
			return bad("tags: got %q, want tags with commas between them, such as house, kitchen^, bathroom^, -mansion", shortened(text))
		case or:
			f.some = append(f.some, either)
		case not:
			f.none = append(f.none, without)
		default:
			f.all = append(f.all, tag)
		}
	}
	return nil
}

// holds tells whether the tags that a device keeps fulfil the condition.
func (f *tagFilter) holds(kept any) bool {
	has := map[string]bool{}
	list, _ := kept.([]any)
	for _, tag := range list {
		text, _ := tag.(string)
		has[text] = true
	}
	holds := len(f.some) == 0
	for _, tag := range f.some {
		holds = holds || has[tag]
	}
	for _, tag := range f.all {
		holds = holds && has[tag]
	}
	for _, tag := range f.none {
		holds = holds && !has[tag]
	}
	return holds
}

// valueFilter is a condition on the last value of a property.
type valueFilter struct{ property, operator, value string }

// valueFilterOf reads a condition such as temperature,gte,21.5.
func valueFilterOf(text string) (f valueFilter, err error) {
	parts := strings.SplitN(text, ",", 3)
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	if len(parts) != 3 || parts[0] == "" {
		return f, bad("prop: got %q, want a property, an operator and a value, such as temperature,gte,21.5", shortened(text))
	}
	switch parts[1] {
	case "eq", "neq", "lt", "lte", "gt", "gte", "match":
		return valueFilter{parts[0], parts[1], parts[2]}, nil
	}
	return f, bad("prop: got the operator %q, want one of eq, neq, lt, lte, gt, gte, match", shortened(parts[1]))
}

// valued tells whether the last value of a device's property fulfils a condition. What
// the device does not have or tell to who asks fulfils none, and neither does what
// is private, an object or a waypoint.
func (c *call) valued(ctx context.Context, f *valueFilter, d *fleet.Device) (bool, error) {
	o := &object{Device: *d, free: c.asker.Kind == access.Open}
	if d.Status == fleet.Disabled {
		return false, nil
	}
	p, err := c.propertyOf(o, f.property)
	if fault := new(Fault); errors.As(err, &fault) && fault.Status != http.StatusInternalServerError || errors.As(err, new(*access.DeniedError)) {
		return false, nil
	}
	if err != nil || p.Property.Private() || p.Property.Type == typeObject || p.Property.Type == typeWaypoint {
		return false, err
	}
	v := value{Place: p.Place, kept: points.Range{From: p.Property.Retention.KeptFrom(c.p.Now()), To: points.Always.To}}
	for s, err := range c.store().Select(ctx, p.selection) {
		if err != nil {
			return false, err
		}
		hidden, err := c.p.hides(ctx, o, &v.Place, s.Key().Tags)
		if err == nil && !hidden {
			err = v.look(ctx, s)
		}
		if err != nil {
			return false, err
		}
	}
	return v.block.Len() != 0 && f.holds(p.Property.Type, &v.block), nil
}

// holds tells whether a value of a type fulfils the condition. Only numbers are less
// or greater than others.
func (f *valueFilter) holds(kind string, b *points.Block) bool {
	if b.Kind == points.Number && kind != typeBoolean {
		want, err := strconv.ParseFloat(f.value, 64)
		return !b.Null(0) && err == nil && f.compares(b.Floats[0], want)
	}
	text := ""
	switch {
	case b.Kind == points.Number:
		text = strconv.FormatBool(b.Floats[0] != 0)
	case b.Kind == points.Text:
		text = b.Texts[0]
	default:
		return false
	}
	switch f.operator {
	case "eq":
		return text == f.value
	case "neq":
		return text != f.value
	case "match":
		return strings.EqualFold(text, f.value)
	}
	return false
}

// compares tells whether a number stands to another one as the condition says.
func (f *valueFilter) compares(v, want float64) bool {
	switch f.operator {
	case "neq":
		return v != want
	case "lt":
		return v < want
	case "lte":
		return v <= want
	case "gt":
		return v > want
	case "gte":
		return v >= want
	}
	return v == want
}
