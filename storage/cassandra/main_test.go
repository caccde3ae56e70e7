package cassandra

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"aion/storage/cassandra/cassandratest"
)

// TestMain leaves the node that tests share in order, and finds what was left
// running.
func TestMain(m *testing.M) {
	code := cassandratest.Main(m)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}
