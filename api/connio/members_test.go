package connio

import "testing"

// TestMembers: a member is found by what its name means, however that is written; of
// several of one name the last one counts, and KairosDB's spelling where there is no
// other one but null.
func TestMembers(t *testing.T) {
	for _, c := range []struct{ object, name, at, want string }{
		{`{"limit": 1, "order": "asc"}`, "limit", "limit", "1"},
		{`{"limit": 1, "limit": 2}`, "limit", "limit", "2"},
		{`{"li\u006dit": 3}`, "limit", "limit", "3"},
		{`{"limit": 1, "li\u006dit": 3}`, "limit", "limit", "3"},
		{`{"li\u006dit": 3, "limit": 1}`, "limit", "limit", "1"},
		{`{"group_by": []}`, "groupBy", "group_by", "[]"},
		{`{"group\u005fby": []}`, "groupBy", "group_by", "[]"},
		{`{"group_by": [1], "groupBy": [2]}`, "groupBy", "groupBy", "[2]"},
		{`{"group_by": [1], "groupBy": null}`, "groupBy", "group_by", "[1]"},
		{`{"group_by": null}`, "groupBy", "groupBy", ""},
		{`{"groupby": 1, "lim\\it": 2, "limi": 3}`, "groupBy", "groupBy", ""},
		{`{}`, "limit", "limit", ""},
	} {
		m, err := membersOf([]byte(c.object), "")
		if err != nil {
			t.Fatal(err)
		}
		at, raw := m.find(c.name)
		if at != c.at || string(raw) != c.want {
			t.Errorf("%s of %s: got %s at %q, want %s at %q", c.name, c.object, raw, at, c.want, c.at)
		}
		if has := m.has(c.name); has != (c.want != "") {
			t.Errorf("%s of %s: got there %v", c.name, c.object, has)
		}
	}
}
