package transfer

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"

	"aion/storage/points"
)

// The times that a server is asked for where all are meant: the years 1 and 9999.
// KairosDB reckons with the difference of times, which must not overflow.
const (
	remoteFrom = -62135596800000
	remoteTo   = 253402300799999
)

// Metrics asks for all names.
func (r *Remote) Metrics(ctx context.Context) ([]string, error) {
	var answer struct{ Results []string }
	if err := r.ask(ctx, http.MethodGet, "/api/v1/metricnames", nil, &answer); err != nil {
		return nil, err
	}
	slices.Sort(answer.Results)
	return slices.Compact(answer.Results), nil
}

// TagNames asks which tags the metrics have.
func (r *Remote) TagNames(ctx context.Context, metrics []string) ([]string, error) {
	var list []string
	for _, metric := range metrics {
		names, err := r.tagNames(ctx, metric, points.Always)
		if err != nil {
			return nil, err
		}
		list = append(list, names...)
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// tagNames asks which tags a metric has in a range.
func (r *Remote) tagNames(ctx context.Context, metric string, in points.Range) ([]string, error) {
	var answer struct {
		Queries []struct {
			Results []struct{ Tags map[string][]string }
		}
	}
	if err := r.ask(ctx, http.MethodPost, "/api/v1/datapoints/query/tags", remoteQuery(metric, in, nil), &answer); err != nil {
		return nil, err
	}
	var names []string
	for _, q := range answer.Queries {
		for _, result := range q.Results {
			for name := range result.Tags {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// remoteQuery asks for a metric, grouped by tags.
func remoteQuery(metric string, in points.Range, tags []string) []byte {
	dst := fmt.Appendf(nil, `{"start_absolute":%d,"end_absolute":%d,"metrics":[{"name":`, max(in.From, remoteFrom), min(in.To, remoteTo))
	dst = appendText(dst, metric)
	if len(tags) > 0 {
		dst = append(dst, `,"group_by":[{"name":"tag","tags":[`...)
		for i, name := range tags {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendText(dst, name)
		}
		dst = append(dst, `]}]`...)
	}
	return append(dst, `}]}`...)
}

// ask asks and reads a short answer.
func (r *Remote) ask(ctx context.Context, method, path string, body []byte, into any) error {
	resp, err := r.send(ctx, method, path, body, "application/json")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		answer, _ := io.ReadAll(io.LimitReader(resp.Body, maxReason)) // what came is told
		return r.refusal(resp.StatusCode, answer)
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("%s: read the answer to %s: %w", r.Base.Host, path, err)
	}
	return nil
}

// Read asks for a metric grouped by all its tags and reads the answer as it
// comes. Over HTTP nothing tells a double without a fraction from a long: such
// numbers are taken for longs.
func (r *Remote) Read(ctx context.Context, metric string, in points.Range, each func(*points.Key, *points.Block) error) error {
	tags, err := r.tagNames(ctx, metric, in)
	if err != nil {
		return err
	}
	resp, err := r.send(ctx, http.MethodPost, "/api/v1/datapoints/query", remoteQuery(metric, in, tags), "application/json")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		answer, _ := io.ReadAll(io.LimitReader(resp.Body, maxReason)) // what came is told
		return r.refusal(resp.StatusCode, answer)
	}
	a := &remoteAnswer{metric: metric, each: each}
	a.o = objects{s: newScanner(resp.Body, 0, 1), choice: &Choice{Range: points.Always}, report: &Report{}}
	if err := a.members(map[string]func() error{"queries": func() error { return a.list(a.query) }}); err != nil {
		return fmt.Errorf("%s: read the points of %s: %w", r.Base.Host, metric, err)
	}
	return nil
}

// remoteAnswer reads the answer to a query.
type remoteAnswer struct {
	o      objects
	metric string
	each   func(*points.Key, *points.Block) error
	key    points.Key
	block  points.Block
}

// members reads an object, its members as they are known, all others not at all.
func (a *remoteAnswer) members(known map[string]func() error) error {
	s := a.o.s
	if err := s.take('{'); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := s.more('}', first)
		if !more || err != nil {
			return err
		}
		name, err := s.text()
		if err == nil {
			err = s.take(':')
		}
		if err != nil {
			return err
		}
		read, ok := known[name]
		if !ok {
			read = func() error { return s.skip(0) }
		}
		if err := read(); err != nil {
			return err
		}
	}
}

// list reads an array of elements.
func (a *remoteAnswer) list(element func() error) error {
	if err := a.o.s.take('['); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := a.o.s.more(']', first)
		if !more || err != nil {
			return err
		}
		if err := element(); err != nil {
			return err
		}
	}
}

// query reads the results of a query.
func (a *remoteAnswer) query() error {
	return a.members(map[string]func() error{"results": func() error { return a.list(a.result) }})
}

// result reads a group: its tags, of which each has one value, and then its
// points.
func (a *remoteAnswer) result() error {
	a.key = points.Key{Metric: a.metric}
	return a.members(map[string]func() error{"tags": a.tags, "values": func() error {
		if err := a.list(a.point); err != nil {
			return err
		}
		return a.give()
	}})
}

// tags reads the tags of a group.
func (a *remoteAnswer) tags() error {
	s := a.o.s
	if err := s.take('{'); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := s.more('}', first)
		if err != nil {
			return err
		}
		if !more {
			a.key.Tags, err = sorted(a.key.Tags)
			return err
		}
		name, err := s.text()
		if err == nil {
			err = s.take(':')
		}
		if err != nil {
			return err
		}
		err = a.list(func() error {
			value, err := s.text()
			a.key.Tags = append(a.key.Tags, points.Tag{Name: name, Value: value})
			return err
		})
		if err != nil {
			return err
		}
	}
}

// point reads a point and gives away a block that is full.
func (a *remoteAnswer) point() error {
	if err := a.o.s.take('['); err != nil {
		return err
	}
	at, err := a.o.time()
	if err == nil {
		err = a.o.s.take(',')
	}
	if err != nil {
		return err
	}
	v, err := a.o.value()
	if err != nil {
		return err
	}
	if err := a.o.s.take(']'); err != nil {
		return err
	}
	if err := a.add(at, &v); err != nil || a.block.Len() < points.BlockSize {
		return err
	}
	return a.give()
}

// add adds a value to the block. The points of a group are numbers or texts, or
// objects.
func (a *remoteAnswer) add(at int64, v *value) error {
	kind := points.Number
	if v.quoted {
		kind = points.Text
	}
	if v.object {
		kind = points.Opaque
	}
	if a.block.Kind != kind && a.block.Len() > 0 {
		if err := a.give(); err != nil {
			return err
		}
	}
	if a.block.Len() == 0 {
		a.block.Reset(kind)
	}
	switch {
	case v.object:
		o, err := v.other(at, complexName)
		if err != nil {
			return err
		}
		a.key.Type, a.block.Type = points.TypeComplex, points.TypeComplex
		a.block.AppendBytes(at, o.data)
	case v.quoted:
		a.block.AppendText(at, v.text)
	case v.text == nullName:
		a.block.AppendNull(at)
	default:
		long, float, isInt, err := number(v.text)
		switch {
		case err != nil:
			return err
		case isInt:
			a.block.AppendInt(at, long)
		default:
			a.block.AppendFloat(at, float)
		}
	}
	return nil
}

// give gives the block away.
func (a *remoteAnswer) give() error {
	if a.block.Len() == 0 {
		return nil
	}
	err := a.each(&a.key, &a.block)
	a.block.Reset(a.block.Kind)
	return err
}
