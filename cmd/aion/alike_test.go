package main

import (
	"context"
	"iter"
	"strings"
	"sync/atomic"
	"testing"

	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// counting is a store that counts what it is asked: every call, and every look at
// a series or a record.
type counting struct {
	storage.Store
	asked atomic.Int64
}

// Unwrap is the store behind, for what is not counted.
func (c *counting) Unwrap() storage.Store { return c.Store }

// Select counts, and counts what is done with the series.
func (c *counting) Select(ctx context.Context, s storage.Selection) iter.Seq2[storage.Series, error] {
	return c.counted(c.Store.Select(ctx, s))
}

// counted counts the series of a selection.
func (c *counting) counted(all iter.Seq2[storage.Series, error]) iter.Seq2[storage.Series, error] {
	c.asked.Add(1)
	return func(yield func(storage.Series, error) bool) {
		for s, err := range all {
			if !yield(countedSeries{s, c}, err) {
				return
			}
		}
	}
}

// Metrics counts.
func (c *counting) Metrics(ctx context.Context, s storage.Selection) iter.Seq2[string, error] {
	c.asked.Add(1)
	return c.Store.Metrics(ctx, s)
}

// TagNames counts.
func (c *counting) TagNames(ctx context.Context, s storage.Selection) iter.Seq2[string, error] {
	c.asked.Add(1)
	return c.Store.TagNames(ctx, s)
}

// TagValues counts.
func (c *counting) TagValues(ctx context.Context, tag string, s storage.Selection) iter.Seq2[string, error] {
	c.asked.Add(1)
	return c.Store.TagValues(ctx, tag, s)
}

// Delete counts.
func (c *counting) Delete(ctx context.Context, s storage.Selection, r points.Range) error {
	c.asked.Add(1)
	return c.Store.Delete(ctx, s, r)
}

// Snapshot counts, and counts what is asked of it.
func (c *counting) Snapshot(ctx context.Context) (storage.Snapshot, error) {
	c.asked.Add(1)
	s, err := c.Store.Snapshot(ctx)
	return countedSnapshot{s, c}, err
}

// Records are the store's records, counted.
func (c *counting) Records() storage.Records {
	keeper, _ := storage.As[storage.RecordKeeper](c.Store)
	return countedRecords{keeper.Records(), c}
}

// countedSnapshot is a snapshot whose selections are counted.
type countedSnapshot struct {
	storage.Snapshot
	of *counting
}

// Select counts.
func (c countedSnapshot) Select(ctx context.Context, s storage.Selection) iter.Seq2[storage.Series, error] {
	return c.of.counted(c.Snapshot.Select(ctx, s))
}

// countedSeries is a series whose reads are counted.
type countedSeries struct {
	storage.Series
	of *counting
}

// Any counts.
func (c countedSeries) Any(ctx context.Context, r points.Range) (bool, error) {
	c.of.asked.Add(1)
	return c.Series.Any(ctx, r)
}

// Points counts.
func (c countedSeries) Points(r points.Range, o points.Order) points.Cursor {
	c.of.asked.Add(1)
	return c.Series.Points(r, o)
}

// countedRecords are records whose reads are counted.
type countedRecords struct {
	storage.Records
	of *counting
}

// Record counts.
func (c countedRecords) Record(ctx context.Context, kind, id string) (storage.Record, error) {
	c.of.asked.Add(1)
	return c.Records.Record(ctx, kind, id)
}

// List counts.
func (c countedRecords) List(ctx context.Context, kind, prefix, after string, limit int) ([]storage.Record, error) {
	c.of.asked.Add(1)
	return c.Records.List(ctx, kind, prefix, after, limit)
}

// TestForeignIsLikeAbsent: what is another's is answered as what is not there, in
// the same words and after as many questions to the store.
func TestForeignIsLikeAbsent(t *testing.T) {
	store := &counting{Store: memory.New(memory.Config{})}
	e := newEstate(t, requiring(t), store)
	ask := func(who, method, target, body string) (status int, answer string, asked int64) {
		e.as(who, method, target, body) // what is found out once is found out
		before := store.asked.Load()
		status, answer = e.as(who, method, target, body)
		return status, answer, store.asked.Load() - before
	}
	query := func(metric, device string) string {
		return `{"start_absolute":1,"metrics":[{"name":"` + metric + `","tags":{"device":["` + device + `"]},"aggregators":[{"name":"count","sampling":{"value":1,"unit":"hours"}}]}]}`
	}
	const rollups, devices, nodes, data = "/api/v1/rollups/", "/api/admin/v1/devices/", "/api/iotnodes/", "/v3/data/devices/"
	for _, c := range []struct {
		who, method, target, body string // with NAME
		foreign                   string
	}{
		{"device", "POST", "/api/v1/datapoints/query", query("shared", "NAME"), homeD2},
		{"device", "POST", "/api/v1/datapoints/query", query("NAME-metric", homeD2), homeD2},
		{"device", "POST", "/api/v1/datapoints/query", query("shared", "regex:NA.*ME|NAME"), homeD2},
		{"device", "POST", "/api/v1/datapoints/query/tags", query("shared", "NAME"), homeD2},
		{"device", "GET", "/api/v1/metricnames?prefix=NAME", "", homeD2},
		{"guest", "POST", "/api/v1/datapoints/query", query("shared", "NAME"), homeD1},
		{"guest", "POST", "/api/v1/datapoints/query/tags", query("NAME-metric", "NAME"), homeD1},
		{"host", "POST", "/api/v1/datapoints/query", query("shared", "NAME"), acmeG1},
		{"device", "POST", "/api/v1/datapoints/delete", query("shared", "NAME"), homeD2},
		{"device", "DELETE", "/api/v1/metric/NAME-metric", "", homeD2},
		{"device", "GET", "/api/v1/datapoints/query?query=%7B%22start_absolute%22%3A1%2C%22metrics%22%3A%5B%7B%22name%22%3A%22NAME-metric%22%7D%5D%7D", "", homeD2},
		{"gdevice", "GET", rollups + "NAME", "", e.task}, {"gdevice", "PUT", rollups + "NAME", rollupOf("x"), e.task},
		{"gdevice", "DELETE", rollups + "NAME", "", e.task}, {"guest", "GET", rollups + "status/NAME", "", e.task},
		{"guest", "GET", rollups + "history/NAME", "", e.task}, {"app", "GET", rollups + "NAME", "", e.task},
		{"guest", "GET", rollups + "backfill/NAME?startTime=2023-11-15-00-00-00-000", "", e.task},
		{"guest", "GET", "/api/v1/metadata/service/NAME/NAME", "", homeAll}, {"guest", "GET", "/api/v1/metadata/service/NAME", "", homeAll},
		{"device", "GET", "/api/v1/metadata/service/NAME", "", homeAll},
		{"device", "GET", devices + "NAME", "", homeD2}, {"guest", "GET", devices + "NAME", "", homeD1}, {"gadmin", "PATCH", devices + "NAME", `{"name":"x"}`, homeD1},
		{"gadmin", "DELETE", devices + "NAME?data=true", "", homeD1}, {"app", "GET", devices + "NAME", "", homeD2},
		{"device", "GET", nodes + "NAME/stats?measurement=shared", "", homeD2}, {"guest", "GET", nodes + "NAME/stats?measurement=shared", "", homeD1},
		{"app", "GET", nodes + "NAME/stats/fields", "", homeD2}, {"gdevice", "GET", nodes + "NAME", "", acmeG2}, {"gadmin", "GET", nodes + "NAME", "", homeD1},
		{"device", "PUT", nodes + "NAME", `{"name":"x","zz":1}`, homeD2}, {"guest", "PUT", nodes + "NAME", `{"name":"x"}`, homeD1},
		{"device", "POST", "/http-push/generic?identifier=id", `{"id":"NAME","zz":1}`, homeD2}, {"guest", "POST", "/http-push/generic?identifier=id", `{"id":"NAME","zz":1}`, homeD1},
		{"gadmin", "GET", "/api/admin/v1/apps/NAME", "", homeApp}, {"gadmin", "GET", "/api/admin/v1/profiles/NAME", "", homeAll},
		{"gadmin", "GET", "/api/admin/v1/organizations/NAME", "", "home"},
		{"device", "POST", data + "NAME/properties/shared/query", "{}", homeD2}, {"device", "GET", data + "NAME", "", homeD2},
		{"device", "GET", data + "NAME%20name/state", "", homeD2}, {"app", "GET", "/v3/data/apps/NAME", "", acmeAll},
		{"guest", "POST", data + "NAME/properties/shared/query", "{}", homeD1}, {"guest", "GET", data + "NAME", "", homeD1},
		{"device", "POST", data + homeD1 + "/properties/NAME-metric/query", "{}", homeD2},
		{"device", "POST", "/api/v1/datapoints/query", query("NAME", homeD1), "hidden"}, {"viewer", "POST", "/api/v1/datapoints/query", query("NAME", homeD1), "hidden"},
		{"device", "POST", "/api/v1/datapoints/query", query("shared", homeD1+`"],"profile":["NAME`), homeSecret},
		{"device", "POST", "/api/v1/datapoints/query/tags", query("NAME", homeD1), "hidden"},
		{"device", "GET", "/api/v1/metricnames?prefix=NAME", "", "hidden"}, {"device", "GET", "/api/v1/metricnames?prefix=NAME", "", homeSecret},
		{"device", "POST", "/api/v1/datapoints/delete", query("NAME", homeD1), "hidden"}, {"device", "DELETE", "/api/v1/metric/NAME", "", "hidden"},
		{"device", "GET", nodes + homeD1 + "/stats?measurement=NAME", "", "hidden"},
		{"device", "POST", "/grafana/search", `{"target":"NAME"}`, "hidden"},
	} {
		if c.who == "host" {
			c.who = "member"
		}
		absent := strings.Repeat("x", len(c.foreign))
		named := func(text, name string) string { return strings.ReplaceAll(text, "NAME", name) }
		status, answer, asked := ask(c.who, c.method, named(c.target, c.foreign), named(c.body, c.foreign))
		wantStatus, wantAnswer, wantAsked := ask(c.who, c.method, named(c.target, absent), named(c.body, absent))
		if status != wantStatus || strings.ReplaceAll(answer, c.foreign, absent) != wantAnswer || asked != wantAsked {
			t.Errorf("%s %s as %s: another's is answered\n%d %s after %d questions, what is not there\n%d %s after %d",
				c.method, c.target, c.who, status, answer, asked, wantStatus, wantAnswer, wantAsked)
		}
	}
}
