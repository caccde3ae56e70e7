package points

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// appendForm adds to b one point for each letter: i an integer, f a double, n a
// null.
func appendForm(b *Block, form string) {
	for _, letter := range form {
		at := int64(len(b.Times))
		switch letter {
		case 'i':
			b.AppendInt(at, at+100)
		case 'f':
			b.AppendFloat(at, float64(at)+0.5)
		case 'n':
			b.AppendNull(at)
		}
	}
}

// formOf says what the points of b are, in the letters of appendForm, and
// complains of columns that do not fit together.
func formOf(t *testing.T, b *Block) string {
	t.Helper()
	n := b.Len()
	for name, length := range map[string]int{"Ints": len(b.Ints), "IsInt": len(b.IsInt), "Nulls": len(b.Nulls)} {
		if length != 0 && length != n {
			t.Errorf("%s has %d values for %d points", name, length, n)
		}
	}
	if len(b.Floats) != n || len(b.IsInt) != 0 && len(b.Ints) == 0 {
		t.Errorf("%d points, %d floats, %d flags", n, len(b.Floats), len(b.IsInt))
	}
	var form strings.Builder
	for i, at := range b.Times {
		switch {
		case b.Null(i):
			form.WriteByte('n')
		case b.Int(i) && b.Ints[i] == at+100 && b.Floats[i] == float64(at+100):
			form.WriteByte('i')
		case !b.Int(i) && b.Floats[i] == float64(at)+0.5:
			form.WriteByte('f')
		default:
			fmt.Fprintf(&form, "?%d", i)
		}
	}
	return form.String()
}

// forms are all sequences of up to n letters.
func forms(n int) []string {
	all, last := []string{""}, []string{""}
	for range n {
		var next []string
		for _, f := range last {
			next = append(next, f+"i", f+"f", f+"n")
		}
		all, last = append(all, next...), next
	}
	return all
}

// TestBlockAppends: numbers of every sort in any order come back as they were,
// in a new block and in one that has been used before.
func TestBlockAppends(t *testing.T) {
	var used Block
	for _, want := range forms(6) {
		var b Block
		appendForm(&b, want)
		if got := formOf(t, &b); got != want {
			t.Errorf("a new block has %s, want %s", got, want)
		}
		used.Reset(Number)
		appendForm(&used, want)
		if got := formOf(t, &used); got != want {
			t.Errorf("a used block has %s, want %s", got, want)
		}
	}
}

// TestBlockAppendBlock: any numbers can be put behind any others, whole or in
// part, and nothing of the source is changed or shared.
func TestBlockAppendBlock(t *testing.T) {
	for _, want := range forms(5) {
		for cut := range len(want) + 1 {
			var source, b Block
			appendForm(&source, want)
			head, tail := source.Slice(0, cut), source.Slice(cut, source.Len())
			b.AppendBlock(&head)
			b.AppendBlock(&tail)
			if got := formOf(t, &b); got != want {
				t.Errorf("%s cut at %d becomes %s", want, cut, got)
			}
			b.Reset(Number)
			b.AppendBlock(&head)
			for i := range tail.Times {
				b.AppendPoint(&tail, i)
			}
			if got := formOf(t, &b); got != want {
				t.Errorf("%s cut at %d becomes %s point by point", want, cut, got)
			}
			clear(b.Floats)
			clear(b.Ints)
			if got := formOf(t, &source); got != want {
				t.Errorf("%s becomes %s when its copy is changed", want, got)
			}
		}
	}
}

// TestBlockColumns: columns that all points or none need are left out.
func TestBlockColumns(t *testing.T) {
	tests := []struct {
		form               string
		ints, isInt, nulls int
	}{
		{"", 0, 0, 0}, {"iii", 3, 0, 0}, {"fff", 0, 0, 0}, {"nnn", 0, 0, 3}, {"ffi", 3, 3, 0}, {"iif", 3, 3, 0}, {"fnf", 0, 0, 3}, {"ni", 2, 2, 2},
	}
	for _, tt := range tests {
		var b Block
		appendForm(&b, tt.form)
		got := []int{len(b.Ints), len(b.IsInt), len(b.Nulls)}
		if want := []int{tt.ints, tt.isInt, tt.nulls}; !slices.Equal(got, want) {
			t.Errorf("%s: integers, flags and nulls are %v, want %v", tt.form, got, want)
		}
	}
}

// TestBlockReverse: reversing turns every column.
func TestBlockReverse(t *testing.T) {
	for _, form := range forms(5) {
		var b Block
		appendForm(&b, form)
		b.Reverse()
		want := []byte(form)
		slices.Reverse(want)
		if got := formOf(t, &b); got != string(want) {
			t.Errorf("%s reversed is %s", form, got)
		}
	}
}

// TestBlockTextAndOpaque: texts and opaque values are cut, copied and reversed
// like numbers.
func TestBlockTextAndOpaque(t *testing.T) {
	texts := Block{Kind: Text}
	opaque := Block{Kind: Opaque, Type: TypeComplex}
	for at, v := range []string{"a", "", "c"} {
		texts.AppendText(int64(at), v)
		opaque.AppendBytes(int64(at), []byte(v))
	}
	for _, source := range []Block{texts, opaque} {
		var b Block
		b.Reset(source.Kind)
		tail := source.Slice(1, 3)
		b.AppendBlock(&tail)
		b.AppendPoint(&source, 1)
		b.AppendPoint(&source, 2)
		b.Reverse()
		got := fmt.Sprintf("%v %q %q %s", b.Times, b.Texts, b.Bytes, b.Type)
		want := `[2 1 2 1] ["c" "" "c" ""] [] `
		if source.Kind == Opaque {
			want = `[2 1 2 1] [] ["c" "" "c" ""] kairos_complex`
		}
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestBlockAllocatesNothing: a block that has reached its size is filled again
// for nothing.
func TestBlockAllocatesNothing(t *testing.T) {
	var b, source Block
	appendForm(&source, strings.Repeat("ifni", BlockSize/4))
	fill := func() {
		b.Reset(Number)
		b.AppendBlock(&source)
		b.Reset(Number)
		appendForm(&b, "ifnnfi")
	}
	fill()
	if got := testing.AllocsPerRun(10, fill); got != 0 {
		t.Errorf("filling a block makes %v allocations, want 0", got)
	}
}
