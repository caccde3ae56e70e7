package gson

import (
	"strconv"
	"strings"
	"testing"
)

// TestRooms: the parts of a tree stay what they were read as, however many of them lie
// beside each other, and however long they are.
func TestRooms(t *testing.T) {
	var text strings.Builder
	var names, values []string
	text.WriteString("{")
	for i := range 300 {
		name, value := "n"+strconv.Itoa(i), strings.Repeat("é", i)+strconv.Itoa(i)
		names, values = append(names, name), append(values, value)
		text.WriteString(`"` + name + `": ["` + value + `", {"` + value + `": ` + strconv.Itoa(i) + `}, [], {}],`)
	}
	tree, err := parse(text.String()+`"end": 1}`, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if tree.Members[300].Name != "end" {
		t.Fatalf("got %q at the end", tree.Members[300].Name)
	}
	for i, m := range tree.Members[:300] {
		got := m.Value.Items
		if m.Name != names[i] || len(got) != 4 || got[0].Text != values[i] || len(got[1].Members) != 1 ||
			got[1].Members[0].Name != values[i] || got[1].Members[0].Value.Text != strconv.Itoa(i) ||
			len(got[2].Items) != 0 || len(got[3].Members) != 0 {
			t.Fatalf("got %s for %s", m.Value.String(), names[i])
		}
	}
}

// TestRoomsAreFew: a tree costs memory a few times, not once for each of its parts.
func TestRoomsAreFew(t *testing.T) {
	text := []byte(`{"start":1,"metrics":[{"name":"m","tags":{"a":["b"],"c":["d"]},"aggregators":[{"name":"avg","sampling":{"value":5,"unit":"minutes"}}]}]}`)
	r := newBytes(text, Options{})
	if n := testing.AllocsPerRun(100, func() {
		*r = *newBytes(text, Options{})
		if _, err := Parse(r); err != nil {
			t.Fatal(err)
		}
	}); n > 12 {
		t.Errorf("got %v allocations, want 12 at most", n)
	}
}

// TestRoomsAgain: a reader that is Reset has room for another tree where the one before
// stood, whose texts stay.
func TestRoomsAgain(t *testing.T) {
	r := NewReader(nil, Options{})
	var before []string
	for i := range 4 {
		parts := 10 * i // some trees fit into the first rooms, others do not
		text := "{" + strings.Repeat(`"a":[{"b":"c"}],`, parts) + `"n` + strconv.Itoa(i) + `":"v` + strconv.Itoa(i) + `"}`
		r.Reset(strings.NewReader(text), Options{})
		tree, err := Parse(r)
		if err != nil {
			t.Fatal(err)
		}
		last := tree.Members[len(tree.Members)-1]
		if want := strconv.Itoa(i); last.Name != "n"+want || last.Value.Text != "v"+want || len(last.Value.Members) != 0 || last.Value.Items != nil {
			t.Fatalf("got %s for %s", tree, text)
		}
		before = append(before, last.Name+last.Value.Text)
	}
	if got, want := strings.Join(before, " "), "n0v0 n1v1 n2v2 n3v3"; got != want {
		t.Errorf("got the texts %s, want %s", got, want)
	}
}

// TestRoomsAreKept: a small tree costs a reader that is Reset its texts alone.
func TestRoomsAreKept(t *testing.T) {
	const text = `{"start":1,"metrics":[{"name":"m","tags":{"a":["b"],"c":["d"]},"aggregators":[{"name":"avg","sampling":{"value":5,"unit":"minutes"}}]}]}`
	r, src := NewReader(nil, Options{}), strings.NewReader(text)
	if n := testing.AllocsPerRun(100, func() {
		src.Reset(text)
		r.Reset(src, Options{})
		if _, err := Parse(r); err != nil {
			t.Fatal(err)
		}
	}); n > 1 {
		t.Errorf("got %v allocations, want 1 at most", n)
	}
}
