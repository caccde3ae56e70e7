package encode

import (
	"bytes"
	"flag"
	"os"
	"testing"
	"time"
	_ "time/tzdata"
)

// update rewrites the golden files.
var update = flag.Bool("update", false, "rewrite the golden files")

// berlin is a zone with summer time.
func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// TestGolden compares with files that a person has read.
func TestGolden(t *testing.T) {
	all := Table{Numbered: true, Split: true}
	columns := Table{Columns: []string{"host", "site"}, Zone: berlin(t)}
	for name, e := range map[string]Encoder{
		"long.csv": &CSV{}, "long-all.csv": &CSV{Table: all}, "long-columns.csv": &CSV{Table: columns}, "long-guarded.csv": &CSV{Guard: true},
		"lines.ndjson": &NDJSON{}, "lines-all.ndjson": &NDJSON{Table: all}, "lines-columns.ndjson": &NDJSON{Table: columns},
	} {
		t.Run(name, func(t *testing.T) {
			got := encoded(t, e, everySort())
			if *update {
				if err := os.WriteFile("testdata/"+name, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile("testdata/" + name)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
