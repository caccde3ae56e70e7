package transfer

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestOutputByLink: a link stays one, and the file is where it leads to, whether or
// not there was one.
func TestOutputByLink(t *testing.T) {
	for _, before := range []bool{true, false} {
		for _, absolute := range []bool{true, false} {
			dir := t.TempDir()
			file, link, to := filepath.Join(dir, "big", "file"), filepath.Join(dir, "link"), filepath.Join("big", "file")
			if absolute {
				to = file
			}
			err := errors.Join(os.Mkdir(filepath.Dir(file), 0o700), os.Symlink(to, link))
			if before {
				err = errors.Join(err, os.WriteFile(file, []byte("old"), 0o600))
			}
			if err != nil {
				t.Fatal(err)
			}
			o, err := OpenOutput(link, false, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = io.WriteString(o, "new"); errors.Join(err, o.Commit(), o.Close()) != nil {
				t.Fatal(err)
			}
			info, err := os.Lstat(link)
			if err != nil || info.Mode()&os.ModeSymlink == 0 {
				t.Errorf("before %t, absolute %t: got %v %v, want the link still one", before, absolute, info, err)
			}
			if got, err := os.ReadFile(file); string(got) != "new" {
				t.Errorf("before %t, absolute %t: got %q %v", before, absolute, got, err)
			}
		}
	}
}

// TestOutputIsNew: who holds what an earlier run has left beside a file reads nothing
// of the new one, which is from the beginning for those that the file is for.
func TestOutputIsNew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	err := errors.Join(os.WriteFile(file, []byte("old"), 0o600), os.WriteFile(file+PartSuffix, []byte("left"), 0o600))
	if err = errors.Join(err, os.Chmod(file+PartSuffix, 0o666)); err != nil {
		t.Fatal(err)
	}
	left, err := os.Open(file + PartSuffix)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = left.Close() }()
	o, err := OpenOutput(file, false, 0)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file + PartSuffix); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v %v, want it for its owner alone", info, err)
	}
	if _, err = io.WriteString(o, "new"); errors.Join(err, o.Commit(), o.Close()) != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(left); string(got) != "left" {
		t.Errorf("got %q %v through what was left, want what was left", got, err)
	}
}

// TestOutputOfTwo: where two write the same file, the one that began first does not put
// what the other has not finished in its place, nor take it away.
func TestOutputOfTwo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	var both [2]*Output
	for i := range both {
		o, err := OpenOutput(file, false, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(o, []string{"first", "second"}[i]); err != nil {
			t.Fatal(err)
		}
		both[i] = o
	}
	if err := both[0].Commit(); err == nil {
		t.Error("the first one is put in place, want an error")
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("got %v, want no file yet", err)
	}
	if err := both[0].Discard(); err != nil {
		t.Error(err)
	}
	if err := errors.Join(both[1].Commit(), both[1].Close()); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(file); string(got) != "second" {
		t.Errorf("got %q %v, want second", got, err)
	}
}
