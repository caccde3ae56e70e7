package codec

import (
	"encoding/hex"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"aion/storage/points"
)

// secondsLayout is the default of keyspaces in SECONDS.
func secondsLayout() Layout { return Layout{Unit: Seconds, Width: 1814400} }

// legacyLayout is that of keyspaces older than KairosDB 1.3.
func legacyLayout() Layout { return Layout{Unit: Legacy, Width: 1814400000} }

// columnOf is the column of a time in hexadecimal digits.
func columnOf(l Layout, at, row int64) string {
	var c [4]byte
	l.PutColumn(&c, at, row)
	return hex.EncodeToString(c[:])
}

// unhex is bytes given in hexadecimal digits with spaces anywhere.
func unhex(t testing.TB, digits string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRowsAndColumns: times have the rows and columns that KairosDB gives them
// in each unit. The numbers are those of the recorded vectors.
func TestRowsAndColumns(t *testing.T) {
	tests := []struct {
		vector           int
		at, row          int64
		legacy, millis   string
		secondsRow       int64
		seconds          string
		legacyAt, millAt int64 // what the columns are read as
	}{
		{1, 0, 0, "00000000", "00000000", 0, "00000000", 0, 0},
		{2, 1, 0, "00000002", "00000001", 0, "00000000", 1, 1},
		{3, 1359788400000, 1358985600000, "5fb38300", "2fd9c180", 1359787564800, "00000343", 1359788400000, 1359788400000},
		{4, 1359788410123, 1358985600000, "5fb3d216", "2fd9e90b", 1359787564800, "0000034d", 1359788410123, 1359788410123},
		{5, 1700000000000, 1698278400000, "cd3b1000", "669d8800", 1699998451200, "0000060c", 1700000000000, 1700000000000},
		{6, 1814399999, 0, "d84b17fe", "6c258bff", 1812585600, "00000716", 1814399999, 1814399999},
		{7, 1814400000, 1814400000, "00000000", "00000000", 1814400000, "00000000", 1814400000, 1814400000},
		{8, -1, -2, "00000002", "00000001", -2, "00000000", -1, -1},
		{9, -1000, -2000, "000007d0", "000003e8", -2000, "00000001", -1000, -1000},
		{10, -1814399999, -3628799998, "d84b17fe", "6c258bff", -1816214398, "00000716", -1814399999, -1814399999},
		{11, -1814400001, -1814400002, "00000002", "00000001", -1814400002, "00000000", -1814400001, -1814400001},
		// In LEGACY the lowest time of all is lost: its column stands for another.
		{12, math.MinInt64, -9223372035360000000, "4dcf1000", "a6e78800", 0, "", -9223372035360000000 + 652707840, math.MinInt64},
		{13, math.MaxInt64, 9223372035360000000, "b230effe", "591877ff", 0, "", math.MaxInt64, math.MaxInt64},
	}
	for _, tt := range tests {
		if got := [2]int64{legacyLayout().RowTime(tt.at), Default().RowTime(tt.at)}; got != [2]int64{tt.row, tt.row} {
			t.Errorf("vector %d: rows of %d are %d, want %d", tt.vector, tt.at, got, tt.row)
		}
		got := []string{columnOf(legacyLayout(), tt.at, tt.row), columnOf(Default(), tt.at, tt.row)}
		if want := []string{tt.legacy, tt.millis}; !slices.Equal(got, want) {
			t.Errorf("vector %d: columns of %d are %s, want %s", tt.vector, tt.at, got, want)
		}
		gotAt := []int64{legacyLayout().Time(tt.row, unhex(t, tt.legacy)), Default().Time(tt.row, unhex(t, tt.millis))}
		if want := []int64{tt.legacyAt, tt.millAt}; !slices.Equal(gotAt, want) {
			t.Errorf("vector %d: columns of %d are read as %d, want %d", tt.vector, tt.at, gotAt, want)
		}
		l := secondsLayout()
		if tt.seconds != "" && (l.RowTime(tt.at) != tt.secondsRow || columnOf(l, tt.at, tt.secondsRow) != tt.seconds) {
			t.Errorf("vector %d: in seconds %d is %d, %s, want %d, %s", tt.vector, tt.at,
				l.RowTime(tt.at), columnOf(l, tt.at, tt.secondsRow), tt.secondsRow, tt.seconds)
		}
	}
}

// TestTimeInSeconds: in SECONDS a time is read back as that of its row and whole
// seconds.
func TestTimeInSeconds(t *testing.T) {
	tests := []struct{ at, want int64 }{
		{1700000000000, 1699999999200}, {-1, -2}, {0, 0}, {999, 0}, {1000, 1000}, {-1500, -2000},
	}
	l := secondsLayout()
	for _, tt := range tests {
		row := l.RowTime(tt.at)
		if got := l.Time(row, unhex(t, columnOf(l, tt.at, row))); got != tt.want {
			t.Errorf("%d is read back as %d, want %d", tt.at, got, tt.want)
		}
	}
	if got, want := l.Time(5, []byte{0, 0, 1}), int64(5+256*1000); got != want {
		t.Errorf("a column of three bytes is %d, want %d", got, want)
	}
}

// TestParseLayout: what the table spec says is understood or refused by name.
func TestParseLayout(t *testing.T) {
	tests := []struct {
		unit, width string
		want        Layout
		err         string
	}{
		{"MILLISECONDS", "1814400000", Default(), ""},
		{"LEGACY", "1814400000", legacyLayout(), ""},
		{"SECONDS", "1814400", secondsLayout(), ""},
		{"SECONDS", "1814400000", Layout{Seconds, 1814400000}, ""},
		{"MILLISECONDS", "2147483647", Layout{Milliseconds, math.MaxInt32}, ""},
		{"MILLISECONDS", "1", Layout{Milliseconds, 1}, ""},
		{"MILLISECONDS", "2147483648", Layout{}, "row_width is 2147483648"},
		{"SECONDS", "0", Layout{}, "row_width is 0"},
		{"LEGACY", "-5", Layout{}, "row_width is -5"},
		{"LEGACY", "", Layout{}, `row_width is "", not a number`},
		{"LEGACY", "3 weeks", Layout{}, `row_width is "3 weeks", not a number`},
		{"", "1814400000", Layout{}, `row_time_unit is ""`},
		{"milliseconds", "1814400000", Layout{}, `row_time_unit is "milliseconds"`},
	}
	for _, tt := range tests {
		got, err := ParseLayout(tt.unit, tt.width)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("ParseLayout(%q, %q) = %v, %v, want %v, %q", tt.unit, tt.width, got, err, tt.want, tt.err)
		}
		if err != nil {
			continue
		}
		if back, err := ParseLayout(got.Unit.String(), strconv.FormatInt(got.Width, 10)); back != got || err != nil {
			t.Errorf("%v is written as what is read as %v, %v", got, back, err)
		}
	}
	if got := Unit(9).String(); got != "Unit(9)" {
		t.Errorf("an unknown unit prints as %s", got)
	}
}

// TestBounds: columns are bounded by the range, the row and nothing else.
func TestBounds(t *testing.T) {
	const row = 1698278400000
	tests := []struct {
		name    string
		l       Layout
		row     int64
		r       points.Range
		untyped bool
		want    string
	}{
		{"a whole row", Default(), row, points.Range{From: 0, To: 1 << 60}, false, "00000000 6c258c00"},
		{"a whole legacy row", legacyLayout(), row, points.Range{From: 0, To: 1 << 60}, false, "00000000 d84b17ff"},
		{"a whole untyped row", legacyLayout(), row, points.Range{From: 0, To: 1 << 60}, true, "00000000 d84b1800"},
		{"a row of seconds", secondsLayout(), 1699998451200, points.Always, false, "00000000 001baf80"},
		{"wide seconds", Layout{Seconds, 1814400000}, row, points.Always, false, "00000000 6c258c00"},
		{"a part", Default(), row, points.Range{From: 1700000000000, To: 1700000000004}, false, "669d8800 669d8805"},
		{"an untyped part", legacyLayout(), row, points.Range{From: 1700000000000, To: 1700000000004}, true, "cd3b1000 cd3b100a"},
		{"untyped in milliseconds", Default(), row, points.Range{From: 1700000000000, To: 1700000000004}, true, "669d8800 669d8805"},
		{"seconds of a part", secondsLayout(), 1699998451200, points.Range{From: 1699998452900, To: 1699998453100}, false, "00000001 00000002"},
		{"one time", Default(), row, points.Range{From: row, To: row}, false, "00000000 00000001"},
		{"the last time", Default(), row, points.Range{From: row + 1814399999, To: 1 << 60}, false, "6c258bff 6c258c00"},
		{"after", Default(), row, points.Range{From: row + 1814400000, To: 1 << 60}, false, ""},
		{"after a row of seconds", secondsLayout(), 0, points.Range{From: 1814400, To: 1 << 60}, false, ""},
		{"before", Default(), row, points.Range{From: 0, To: row - 1}, false, ""},
		{"empty", Default(), row, points.Range{From: row + 2, To: row + 1}, false, ""},
		{"the lowest time", Default(), -9223372035360000000, points.Range{From: math.MinInt64, To: math.MinInt64}, false, "a6e78800 a6e78801"},
		{"the lowest row", Default(), -9223372035360000000, points.Always, false, "00000000 a6e78801"},
		{"the lowest row without its lowest time", Default(), -9223372035360000000, points.Range{From: math.MinInt64 + 1, To: 0}, false, "00000000 6c258c00"},
		{"the highest time", Default(), 9223372035360000000, points.Range{From: math.MaxInt64, To: math.MaxInt64}, false, "591877ff 59187800"},
		{"beyond the highest time", Default(), math.MaxInt64, points.Range{From: math.MinInt64, To: math.MinInt64 + 1}, false, "00000001 00000003"},
		{"not beyond", Default(), math.MaxInt64, points.Range{From: 0, To: math.MaxInt64 - 1}, false, ""},
	}
	for _, tt := range tests {
		from, to, ok := tt.l.Bounds(tt.row, tt.r, tt.untyped)
		got := ""
		if ok {
			got = hex.EncodeToString(from[:]) + " " + hex.EncodeToString(to[:])
		}
		if got != tt.want {
			t.Errorf("%s: bounds of %v in %d are %q, want %q", tt.name, tt.r, tt.row, got, tt.want)
		}
	}
}

// TestWhole: a row is deleted whole when the range covers its whole width.
func TestWhole(t *testing.T) {
	const row, width = 1698278400000, 1814400000
	tests := []struct {
		l    Layout
		row  int64
		r    points.Range
		want bool
	}{
		{Default(), row, points.Range{From: row, To: row + width - 1}, true},
		{Default(), row, points.Range{From: row + 1, To: row + width}, false},
		{Default(), row, points.Range{From: row, To: row + width - 2}, false},
		{legacyLayout(), row, points.Always, true},
		{secondsLayout(), 0, points.Range{From: 0, To: 1814399}, false},
		{secondsLayout(), 0, points.Range{From: 0, To: 1814399999}, true},
		{Default(), 9223372035360000000, points.Range{From: 0, To: math.MaxInt64}, false},
		{Default(), 9223372035360000000, points.Always, true},
		{Default(), -9223372035360000000, points.Range{From: math.MinInt64 + 1, To: 0}, false},
		{Default(), -9223372035360000000, points.Always, true},
	}
	for _, tt := range tests {
		if got := tt.l.Whole(tt.row, tt.r); got != tt.want {
			t.Errorf("Whole(%d, %v) of %v = %t, want %t", tt.row, tt.r, tt.l, got, tt.want)
		}
	}
}

// TestRowTimes: ranges of row times are as short as they can be told.
func TestRowTimes(t *testing.T) {
	l := Layout{Milliseconds, 1000}
	tests := []struct {
		r    points.Range
		want []points.Range
	}{
		{points.Range{From: 1500, To: 2500}, []points.Range{{From: 1000, To: 2500}}},
		{points.Range{From: -10, To: 2500}, []points.Range{{From: -1009, To: 2500}}},
		{points.Range{From: 5, To: 4}, nil},
		{points.Always, []points.Range{points.Always}},
		{points.Range{From: math.MinInt64, To: 0}, []points.Range{{From: math.MinInt64, To: 0}, {From: math.MaxInt64 - 998, To: math.MaxInt64}}},
		{points.Range{From: math.MinInt64, To: math.MinInt64}, []points.Range{
			{From: math.MinInt64, To: math.MinInt64 + 808}, {From: math.MaxInt64 - 998, To: math.MaxInt64}}},
	}
	for _, tt := range tests {
		if got := l.RowTimes(tt.r); !slices.Equal(got, tt.want) {
			t.Errorf("RowTimes(%v) = %v, want %v", tt.r, got, tt.want)
		}
	}
}

// TestRowsHoldTheirPoints: for any point and any range that holds it, the row is
// among the row times of the range and the column between its bounds.
func TestRowsHoldTheirPoints(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	near := []int64{math.MinInt64, 0, math.MaxInt64, 1700000000000, -1700000000000}
	around := func(n int64) int64 { return near[random.IntN(len(near))] + random.Int64N(2*n) - n }
	for range 200_000 {
		l := Layout{Unit(random.IntN(3)), []int64{1, 2, 10, 1000, 3600000, 1814400, 1814400000}[random.IntN(7)]}
		at := around(3 * l.Width)
		if at == math.MinInt64 && l.Unit == Legacy {
			continue
		}
		r := points.Range{From: at - random.Int64N(3*l.Width), To: at + random.Int64N(3*l.Width)}
		if random.IntN(10) == 0 || r.From > at {
			r.From = math.MinInt64
		}
		if random.IntN(10) == 0 || r.To < at {
			r.To = math.MaxInt64
		}
		checkPlace(t, l, at, r)
		if t.Failed() {
			return
		}
	}
}

// checkPlace complains where a point would not be looked for where it is.
func checkPlace(t *testing.T, l Layout, at int64, r points.Range) {
	t.Helper()
	row := l.RowTime(at)
	ranges := l.RowTimes(r)
	if !slices.ContainsFunc(ranges, func(rows points.Range) bool { return rows.Holds(row) }) {
		t.Errorf("%v: row %d of %d is not in %v of %v", l, row, at, ranges, r)
	}
	if len(ranges) == 2 && ranges[0].To >= ranges[1].From {
		t.Errorf("%v: row times %v of %v overlap", l, ranges, r)
	}
	column := columnOf(l, at, row)
	from, to, ok := l.Bounds(row, r, false)
	if !ok || column < hex.EncodeToString(from[:]) || column >= hex.EncodeToString(to[:]) {
		t.Errorf("%v: column %s of %d is not in [%x, %x), %t of %v", l, column, at, from, to, ok, r)
	}
	got := l.Time(row, unhex(t, column))
	if lost := at - got; lost < 0 || lost > 999 || l.Unit != Seconds && lost != 0 {
		// The lowest time is the only one in front of its row.
		if at != math.MinInt64 {
			t.Errorf("%v: %d is read back as %d", l, at, got)
		}
	}
}
