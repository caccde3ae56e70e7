package cassandratest

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain leaves the shared node in order and finds what was left running.
func TestMain(m *testing.M) {
	code := Main(m)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			os.Stderr.WriteString(err.Error())
			code = 1
		}
	}
	os.Exit(code)
}
