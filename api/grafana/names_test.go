package grafana

import (
	"strings"
	"testing"
)

// TestAlternativesAreBounded: many alternatives beside a long text stand for no more
// than there is room for; as many by themselves do.
func TestAlternativesAreBounded(t *testing.T) {
	many, long := "("+strings.Repeat("a|", 30_000)+"b)", strings.Repeat("x", 30_000)
	for _, text := range []string{long + many, many + long} {
		if all, ok := alternatives(text); ok {
			t.Errorf("a text of %d bytes stands for %d others", len(text), len(all))
		}
	}
	if all, ok := alternatives("cpu." + many); !ok || len(all) != 30_001 {
		t.Errorf("got %d, %t, want 30,001", len(all), ok)
	}
}
