package main

import (
	"slices"
	"strings"
	"testing"

	"aion/query/rollup"
	"aion/storage"
	"aion/storage/memory"
)

// TestRollupsSeeWhatTheirMakersSee: who is not shown private properties has no
// roll-up show them, although its task is the organization's.
func TestRollupsSeeWhatTheirMakersSee(t *testing.T) {
	e := newEstate(t, requiring(t), memory.New(memory.Config{}))
	for confined, want := range map[bool][]string{false: {"hidden", "locked"}, true: {"locked"}} {
		may, err := taskBounds(e.guard, e.store)(t.Context(), rollup.Owner{Organization: "acme", Confined: confined})
		e.must(err)
		var got []string
		for name, err := range may.Store.Metrics(t.Context(), storage.Selection{Metrics: []string{"hidden", "locked"}}) {
			e.must(err)
			got = append(got, name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("confined %t: got %v, want %v", confined, got, want)
		}
	}
	confined := func() (n int) {
		keeper, _ := storage.As[storage.RecordKeeper](e.store)
		records, err := keeper.Records().List(t.Context(), "rollup-owner", "", "", 100)
		e.must(err)
		for _, r := range records {
			n += strings.Count(string(r.Value), `"confined":true`)
		}
		return n
	}
	for _, c := range []struct {
		who  string
		more int
	}{{"gadmin", 0}, {"guest", 1}, {"admin", 0}, {"member", 1}} {
		before := confined()
		status, body := e.as(c.who, "POST", "/api/v1/rollups", rollupOf(c.who))
		if more := confined() - before; status != 200 || more != c.more {
			t.Errorf("%s: got %d %s and %d confined tasks more, want %d", c.who, status, body, more, c.more)
		}
	}
}
