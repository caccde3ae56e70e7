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
