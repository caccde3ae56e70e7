package yggio

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"aion/api/access"
	"aion/query/fleet"
	"aion/storage/points"
)

// The longest names and texts that are stored.
const (
	mostName = 512
	mostText = 64 << 10
)

// values are the points of a push, all of one time: numbers and texts by
// measurement, in the order in which they were sent.
type values struct {
	at   int64
	list []value
}

// value is one point.
type value struct {
	measurement string
	text        string
	long        int64
	double      float64
	kind        string // one of the stored types
}

// valuesOf are the points that an object says, but for members that are no
// measurements. What is wrong with one of them names it.
func valuesOf(o object, now time.Time, not func(string) bool) (v values, err error) {
	v.at = now.UnixMilli()
	stamp, _ := o.find("timestamp")
	switch stamp := stamp.(type) {
	case nil:
	case json.Number:
		at, err := strconv.ParseFloat(string(stamp), 64)
		if err != nil || math.Abs(at) > farthest {
			return v, invalid("timestamp", "must be Unix time in milliseconds or ISO 8601")
		}
		v.at = int64(math.Floor(at))
	case string:
		at, ok := parseTime(stamp, false)
		if !ok {
			return v, invalid("timestamp", "must be Unix time in milliseconds or ISO 8601")
		}
		v.at = at
	default:
		return v, invalid("timestamp", "must be Unix time in milliseconds or ISO 8601")
	}
	for _, m := range o {
		if m.name == "timestamp" || not(m.name) {
			continue
		}
		if err := v.add(m.name, m.value); err != nil {
			return v, err
		}
	}
	return v, nil
}

// add takes a member: a number, a text, or an object of such, whose names are
// joined to its own. Everything else makes no point.
func (v *values) add(name string, x any) error {
	switch x := x.(type) {
	case object:
		for _, m := range x {
			if err := v.add(name+"_"+m.name, m.value); err != nil {
				return err
			}
		}
		return nil
	case json.Number:
		one, err := numberOf(name, string(x))
		if err != nil {
			return err
		}
		return v.append(one)
	case string:
		if len(x) > mostText {
			return invalid(short(name), "must not be longer than %d bytes", mostText)
		}
		return v.append(value{measurement: name, text: x, kind: points.TypeText})
	}
	return nil
}

// append takes a point whose measurement can be called so.
func (v *values) append(one value) error {
	name := one.measurement
	if name == "" || len(name) > mostName || !utf8.ValidString(name) {
		return invalid(short(name), "must be a name of 1 to %d bytes", mostName)
	}
	v.list = append(v.list, one)
	return nil
}

// short is the beginning of a name that may be long.
func short(name string) string {
	if len(name) > 64 {
		return strings.ToValidUTF8(name[:64], "") + "…"
	}
	return name
}

// numberOf is a number as KairosDB infers its type: with a point a double, else a
// long. Whole numbers that are no long, and those with an exponent that are none,
// are doubles.
func numberOf(name, text string) (value, error) {
	one := value{measurement: name, kind: points.TypeLong}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		one.long = n
		return one, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.IsInf(f, 0):
		return one, invalid(short(name), "must be a finite number")
	case !strings.Contains(text, ".") && f == math.Trunc(f) && math.Abs(f) < 1<<63:
		one.long = int64(f)
		return one, nil
	}
	one.double, one.kind = f, points.TypeDouble
	return one, nil
}

// store stores the points of an iotnode: as one value of each measurement at the
// instant, in series of the node's policy.
func (v *values) store(ctx context.Context, p *Protocol, d *fleet.Device) error {
	if len(v.list) == 0 {
		return nil
	}
	tags, err := p.tags(ctx, d)
	if err != nil {
		return err
	}
	b := p.Fleet.NewBatch(access.Store(ctx, p.Store))
	for i := range v.list {
		one, block := &v.list[i], points.Block{}
		switch one.kind {
		case points.TypeLong:
			block.AppendInt(v.at, one.long)
		case points.TypeDouble:
			block.AppendFloat(v.at, one.double)
		default:
			block.Reset(points.Text)
			block.AppendText(v.at, one.text)
		}
		b.Add(points.Key{Metric: one.measurement, Tags: tags, Type: one.kind}, block, 0)
	}
	err = b.Write(ctx)
	if errors.Is(err, points.ErrForbidden) {
		return forbidden()
	}
	return err
}

// tags are those of an iotnode's series. The home organization does not stand
// there.
func (p *Protocol) tags(ctx context.Context, d *fleet.Device) (points.Tags, error) {
	tags := points.Tags{{Name: p.DeviceTag, Value: d.ID}}
	home, _, err := p.Access.Organizations.Tenancy(ctx)
	if err != nil {
		return nil, err
	}
	if d.Organization != home {
		tags = append(tags, points.Tag{Name: p.OrganizationTag, Value: d.Organization})
	}
	if days, _ := fleet.PolicyDays(d.RetentionPolicy); days != 0 {
		tags = append(tags, points.Tag{Name: fleet.PolicyTag, Value: d.RetentionPolicy})
	}
	tags.Sort()
	return tags, nil
}
