package fleet

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMemo: a text is parsed once as long as it is asked for, what is asked for no
// more goes, and texts that are too long or make no sense are not kept.
func TestMemo(t *testing.T) {
	var m memo[int]
	parsed := 0
	parse := func(text []byte) (int, error) {
		parsed++
		if len(text) == 0 {
			return 0, errors.New("nothing")
		}
		return len(text), nil
	}
	ask := func(text string) {
		t.Helper()
		if n, err := m.said([]byte(text), parse); n != len(text) || (err != nil) != (text == "") {
			t.Fatalf("%.20s: got %d, %v", text, n, err)
		}
	}
	for _, tt := range []struct {
		text string
		want int
	}{{"a", 1}, {"", 2}, {strings.Repeat("x", memoText), 1}, {strings.Repeat("x", memoText+1), 2}} {
		parsed = 0
		ask(tt.text)
		ask(tt.text)
		if parsed != tt.want {
			t.Errorf("%.20s: parsed %d times, want %d", tt.text, parsed, tt.want)
		}
	}
	ask("once")
	for i := range 100 {
		ask(fmt.Sprintf("%0*d", memoText, i))
		ask("a")
	}
	if m.size > memoHalf || len(m.recent)+len(m.before) > 2*memoHalf/memoText+2 {
		t.Errorf("got %d bytes and %d texts, want them bounded", m.size, len(m.recent)+len(m.before))
	}
	parsed = 0
	ask("a")
	ask("once")
	if parsed != 1 {
		t.Errorf("parsed %d texts, want the forgotten one alone", parsed)
	}
}

// TestReadsShareNothing: what is done to a device, a profile or an app that was read
// shows in no other one that is read.
func TestReadsShareNothing(t *testing.T) {
	f, ctx := newYard(t).fleet(), t.Context()
	properties := []Property{{ID: "p1", Name: "Temp"}, {ID: "p2", Name: "Other"}}
	device := Device{ID: "d", Name: "n", Aliases: []string{"a", "b"}, Properties: properties, Attributes: map[string]any{"tags": []any{"x"}, "in": map[string]any{"k": "v"}}}
	if _, err := f.Create(ctx, "", device); err != nil {
		t.Fatal(err)
	}
	if _, err := f.CreateProfile(ctx, "", Profile{Name: "p", Properties: properties}); err != nil {
		t.Fatal(err)
	}
	app, err := f.CreateApp(ctx, "", App{Name: "app", Devices: []string{"a", "d"}, Properties: properties})
	if err != nil {
		t.Fatal(err)
	}
	read := func() []any {
		d, err1 := f.Resolve(ctx, "", "N", Manner{AnyCase: true})
		p, err2 := f.Profile(ctx, "", "p")
		a, err3 := f.App(ctx, "", app.ID)
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Error(err)
		}
		return []any{d, p, a}
	}
	want := fmt.Sprintf("%+v", read())
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 20 {
				got := read()
				if diff := cmp.Diff(want, fmt.Sprintf("%+v", got)); diff != "" {
					t.Errorf("got another answer (-want +got):\n%s", diff)
				}
				d, p, a := got[0].(Device), got[1].(Profile), got[2].(App)
				d.Aliases[0], d.Properties[0].Name, p.Properties[0].Name, a.Properties[0].Name, a.Devices[0] = "!", "!", "!", "!", "!"
				d.Attributes["tags"].([]any)[0], d.Attributes["in"].(map[string]any)["k"] = "!", "!"
			}
		})
	}
	all.Wait()
}
