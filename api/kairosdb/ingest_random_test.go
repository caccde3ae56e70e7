package kairosdb

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"aion/aggregators"
	"aion/api/access"
	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
	"aion/storage/storagetest"
)

// moody is a store that refuses what is written with a context that says so.
type moody struct{ storage.Store }

// refusing is the key of such contexts.
type refusing struct{}

// Write writes, or refuses with what the context says.
func (m moody) Write(ctx context.Context, b *storage.Batch) error {
	if err, _ := ctx.Value(refusing{}).(error); err != nil {
		return err
	}
	return m.Store.Write(ctx, b)
}

// Recall passes the call on.
func (m moody) Recall(marks []storage.Mark, refs []storage.Ref) {
	storage.RecallFrom(m.Store, marks, refs)
}

// ingestClient sends requests and knows what becomes of each point. Its times and
// values are its own.
type ingestClient struct {
	rand   *rand.Rand
	id     int
	sent   int
	stored map[string]string // the points as dump lists them, by their series and time
}

// randomSeries is one of the series that all clients write to: most have short names,
// some longer ones, or more tags, than memory is taken for.
func randomSeries(i int) points.Key {
	key := points.Key{Metric: fmt.Sprint("m.A", i%5), Tags: points.Tags{{Name: "device", Value: fmt.Sprint("dA-", i)}}}
	if i%3 == 0 {
		key.Tags = append(key.Tags, points.Tag{Name: "zone", Value: []string{"a", "b"}[i%2]}, points.Tag{Name: "Aé", Value: "x}{"})
	}
	if i%41 == 0 {
		key.Tags = append(key.Tags, points.Tag{Name: "long", Value: strings.Repeat("l", 2*roomOfText)})
	}
	if i%97 == 0 {
		for j := range roomOfTags + 6 {
			key.Tags = append(key.Tags, points.Tag{Name: fmt.Sprint("t", j), Value: "v"})
		}
	}
	key.Tags.Sort()
	return key
}

// text is a text in quotes, perhaps with an escape.
func (c *ingestClient) text(s string) string {
	if c.rand.IntN(20) == 0 {
		s = strings.ReplaceAll(s, "A", `\u0041`)
	}
	return `"` + s + `"`
}

// tags is an object of tags, perhaps in another order.
func (c *ingestClient) tags(all points.Tags) string {
	var text []string
	for _, tag := range all {
		text = append(text, c.text(tag.Name)+[]string{":", " : "}[c.rand.IntN(8)/7]+c.text(tag.Value))
	}
	if c.rand.IntN(4) == 0 {
		c.rand.Shuffle(len(text), func(i, j int) { text[i], text[j] = text[j], text[i] })
	}
	return "{" + strings.Join(text, ",") + "}"
}

// object is a metric object with points of a series, which will be stored or not.
func (c *ingestClient) object(i int, stored bool) string {
	key := randomSeries(i)
	members := []string{`"name":` + c.text(key.Metric), `"tags":` + c.tags(key.Tags)}
	if c.rand.IntN(6) == 0 {
		members = append(members, fmt.Sprintf(`"ttl":%d`, 1_000_000*c.rand.IntN(3)))
	}
	at, v := c.point(&key, stored)
	if c.rand.IntN(3) > 0 {
		members = append(members, fmt.Sprint(`"timestamp":`, at), `"value":`+v)
	} else {
		rows := fmt.Sprintf("[%d,%s]", at, v)
		for range c.rand.IntN(4) {
			c.sent += c.rand.IntN(2)
			at, v = c.point(&key, stored)
			rows += fmt.Sprintf(",[%d,%s]", at, v)
		}
		members = append(members, `"datapoints":[`+rows+"]")
	}
	c.sent++
	c.rand.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	return "{" + strings.Join(members, ",") + "}"
}

// point is a point of a series, which will be stored, unless another one follows with
// its time, or not.
func (c *ingestClient) point(key *points.Key, stored bool) (at int64, v string) {
	const clients = 16
	at = int64(c.sent*clients + c.id)
	n := c.rand.Int64N(1 << 20)
	k, line := *key, ""
	switch c.rand.IntN(4) {
	case 0:
		k.Type, v = points.TypeDouble, fmt.Sprint(n%100_000, ".5")
		line = v
	case 1:
		k.Type, v = points.TypeText, c.text(fmt.Sprint("A", n))
		line = fmt.Sprintf(`"A%d"`, n)
	default:
		k.Type, v = points.TypeLong, fmt.Sprint(n)
		line = v
	}
	if place := strings.Replace(k.String(), "kairos_", "", 1) + fmt.Sprint(" ", at); stored {
		c.stored[place] = place + " " + line
	}
	return at, v
}

// request sends a body with points of the series from first to end, which fails in
// one of many ways or not at all.
func (c *ingestClient) request(t *testing.T, p *Protocol, first, end int) {
	mood := c.rand.IntN(12)
	ctx, who, want := t.Context(), access.Everyone(), http.StatusNoContent
	switch mood {
	case 0:
		ctx, want = context.WithValue(ctx, refusing{}, fmt.Errorf("away: %w", points.ErrUnavailable)), http.StatusInternalServerError
	case 1:
		who.Constraint = who.Constraint.Devices("zone", "none")
		want = http.StatusForbidden
	case 2, 3:
		want = http.StatusBadRequest
	}
	bad, tail := first+c.rand.IntN(end-first), "]"
	var list []string
	for i := first; i < end; i++ {
		if i == bad && mood == 2 {
			list = append(list, `{"tags":{"h":"a"},"timestamp":1,"value":1}`)
		}
		if i == bad && mood == 3 {
			list, tail = append(list, `{"name":"cut","tags":{"h":`), ""
			break
		}
		list = append(list, c.object(i, mood > 1))
	}
	body := "[" + strings.Join(list, ",") + tail
	if got := callWithin(ctx, t, who, p, http.MethodPost, "/api/v1/datapoints", body); got.status != want {
		t.Errorf("got %d %.300s, want %d", got.status, got.body, want)
	}
}

// TestIngestRandomly has clients write to the same series at once, in few requests and
// many, new series and known ones, while some requests fail on their way, and looks at
// each point. The store overwrites a batch when it has returned. Once it recalls what
// was written before, and forgets some.
func TestIngestRandomly(t *testing.T) {
	t.Run("with keys", func(t *testing.T) {
		store := memory.New(memory.Config{Now: clock})
		ingestRandomly(t, store, store)
	})
	t.Run("recalled", func(t *testing.T) {
		store := memory.New(memory.Config{Now: clock})
		recalling := storagetest.NewRecalling(store, 3)
		ingestRandomly(t, store, recalling)
		want := 500
		if testing.Short() {
			want = 10
		}
		if n := recalling.Recalled(); n < want {
			t.Errorf("%d numbers were recalled, want %d", n, want)
		}
	})
}

// ingestRandomly is TestIngestRandomly with what is in a store and the way to it.
func ingestRandomly(t *testing.T, store, way storage.Store) {
	p := newProtocol(t, Config{Store: moody{storage.Checked(way)}, Release: aggregators.Develop})
	clients, rounds := make([]*ingestClient, 3), 12
	if testing.Short() {
		rounds = 5
	}
	var all sync.WaitGroup
	for i := range clients {
		c := &ingestClient{rand.New(rand.NewPCG(uint64(i), 12)), i, 0, map[string]string{}}
		clients[i] = c
		all.Go(func() {
			for range rounds {
				for range 20 {
					first := c.rand.IntN(2000)
					c.request(t, p, first, first+1+c.rand.IntN(20))
				}
				first := c.rand.IntN(200) // most are known soon, so that objects are asked for
				c.request(t, p, first, first+1000+c.rand.IntN(1000))
			}
		})
	}
	all.Wait()
	var want []string
	for _, c := range clients {
		want = slices.AppendSeq(want, maps.Values(c.stored))
	}
	slices.Sort(want)
	if got := dump(t, store); !slices.Equal(got, want) {
		t.Errorf("stored %d points, want %d; the first that differs:\n%s", len(got), len(want), firstOther(got, want))
	}
}

// firstOther is the first line in which two lists differ, of each.
func firstOther(got, want []string) string {
	i := 0
	for i < min(len(got), len(want)) && got[i] == want[i] {
		i++
	}
	return fmt.Sprintf("got  %.200q\nwant %.200q", got[i:min(i+1, len(got))], want[i:min(i+1, len(want))])
}

// lookups is a store that counts the marks that it was asked for.
type lookups struct {
	*storagetest.Recalling
	marks int
}

// Recall counts.
func (a *lookups) Recall(marks []storage.Mark, refs []storage.Ref) {
	a.marks += len(marks)
	a.Recalling.Recall(marks, refs)
}

// TestIngestRecurring: where series come again and again within a body, objects are not
// looked up any more, those of the next body neither.
func TestIngestRecurring(t *testing.T) {
	store := &lookups{Recalling: storagetest.NewRecalling(memory.New(memory.Config{Now: clock}), 1)}
	p := parserOf(switches[aggregators.V13])
	body := objectsBody(10)
	parse := func() int {
		t.Helper()
		store.marks = 0
		if messages, err := p.parse(t.Context(), bytes.NewReader(body), store); err != nil || messages != nil {
			t.Fatal(messages, err)
		}
		return store.marks
	}
	parse()
	p.again = again{} // strangers pass no more
	if n := parse(); n < 1000 || n > 1000+2*againMost {
		t.Errorf("%d objects of 1,000 series were looked up, want one of each and few more", n)
	}
	if n := parse(); n != 0 {
		t.Errorf("%d objects of the next body were looked up, want none", n)
	}
}
