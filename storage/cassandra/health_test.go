package cassandra

import (
	"errors"
	"strings"
	"testing"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"aion/storage/points"
)

// TestHealthAtTheLevels: a cluster that answers, but has too few nodes for the
// reads or the writes that the settings ask for, is not well.
func TestHealthAtTheLevels(t *testing.T) {
	s := opened(t, Config{})
	c, err := s.writer()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name        string
		read, write gocql.Consistency
		want        string // in the state of health; empty: healthy
	}{
		{"enough", gocql.One, gocql.LocalQuorum, ""},
		{"writes that need not reach a replica", gocql.LocalQuorum, gocql.Any, ""},
		{"too few for reads", gocql.Three, gocql.One, "THREE"},
		{"too few for writes", gocql.One, gocql.Two, "TWO"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c.read, c.write = tt.read, tt.write
			err := s.Health(t.Context())
			if tt.want == "" {
				if err != nil {
					t.Errorf("got %v, want that it is well", err)
				}
				return
			}
			if !errors.Is(err, points.ErrUnavailable) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want that it is not well and a word of %s", err, tt.want)
			}
		})
	}
}
