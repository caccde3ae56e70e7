package cassandra

import (
	"errors"
	"net"
	"slices"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

// threeHosts is a policy that chooses the same three nodes in the same order.
type threeHosts struct {
	gocql.HostSelectionPolicy
	hosts [3]*gocql.HostInfo
}

// newThreeHosts makes three nodes with IDs.
func newThreeHosts(t testing.TB) *threeHosts {
	t.Helper()
	p := &threeHosts{HostSelectionPolicy: gocql.RoundRobinHostPolicy()}
	for i := range p.hosts {
		var err error
		if p.hosts[i], err = gocql.NewTestHostInfoFromRow(map[string]any{
			"host_id": gocql.MustRandomUUID(), "rpc_address": net.IPv4(127, 0, 0, byte(i+1)),
		}); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// Pick gives the nodes.
func (p *threeHosts) Pick(gocql.ExecutableStatement) gocql.NextHost {
	i := -1
	return func() gocql.SelectedHost {
		if i++; i >= len(p.hosts) {
			return nil
		}
		return chosen{p.hosts[i]}
	}
}

// chosen is one of them.
type chosen struct{ host *gocql.HostInfo }

// Info is the node.
func (c chosen) Info() *gocql.HostInfo { return c.host }

// Mark does nothing.
func (chosen) Mark(error) {}

// TestWary: a node that was silent is asked last for some time, others are asked
// in the policy's order whatever else they answered, and with all silent all are
// still asked.
func TestWary(t *testing.T) {
	inner := newThreeHosts(t)
	w := newWary(inner)
	order := func(marks ...error) []int {
		var got []int
		next := w.Pick(nil)
		for host := next(); host != nil; host = next() {
			i := slices.Index(inner.hosts[:], host.Info())
			got = append(got, i)
			if i < len(marks) && marks[i] != nil {
				host.Mark(marks[i])
			}
		}
		return got
	}
	other := errors.New("other")
	for _, tt := range []struct {
		name  string
		marks []error
		want  []int // as the policy gives them before the marks
	}{
		{"at first", []error{other, nil, other}, []int{0, 1, 2}},
		{"other errors", []error{gocql.ErrTimeoutNoResponse}, []int{0, 1, 2}},
		{"one silent", []error{nil, gocql.ErrTimeoutNoResponse}, []int{1, 2, 0}},
		{"two silent", []error{nil, nil, gocql.ErrTimeoutNoResponse}, []int{2, 0, 1}},
		{"all silent", nil, []int{0, 1, 2}},
	} {
		if got := order(tt.marks...); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
	w.silent[inner.hosts[1].HostID()] = time.Now().Add(-time.Second)
	if got, want := order(), []int{1, 0, 2}; !slices.Equal(got, want) {
		t.Errorf("one is no longer avoided: got %v, want %v", got, want)
	}
}
