package main

import (
	"fmt"
	"strings"
	"testing"
)

// FuzzReadSettings reads any document as settings.
func FuzzReadSettings(f *testing.F) {
	for _, text := range []string{
		"", "a: 1", "a.b: 1\n", "a:\n  b: [1, 2]\n", "a: &x\n  b: *x\n", "- 1\n", "a: {b: {c: 1}}", "? [a]\n: 1\n", "a: !!binary x",
	} {
		f.Add(text)
	}
	known := map[string]bool{"a": true, "a.b": true, "config": false}
	f.Fuzz(func(t *testing.T, text string) {
		values, err := readSettings(strings.NewReader(text), known)
		for name := range values {
			if err == nil && !known[name] {
				t.Errorf("got a value for %s, want known settings alone", name)
			}
		}
	})
}

// TestCommandsReadTheServersFile: the commands that work on the server's data find
// them where the server does.
func TestCommandsReadTheServersFile(t *testing.T) {
	whole(t)
	file := settingsFile(t, "data: {dir: from-file}\nhttp.listen: 127.0.0.1:1\nretention: [a=1d]\n")
	for _, name := range []string{"verify", "backup", "restore"} {
		for _, c := range []struct {
			args      []string
			variables map[string]string
			want      string
		}{
			{[]string{"--config", file}, nil, "from-file"},
			{nil, map[string]string{"AION_CONFIG": file}, "from-file"},
			{nil, map[string]string{"AION_CONFIG": file, "AION_DATA_DIR": "from-env"}, "from-env"},
			{[]string{"--data.dir=flag"}, map[string]string{"AION_CONFIG": file, "AION_DATA_DIR": "from-env"}, "flag"},
			{nil, nil, "aion-data"},
		} {
			args := append([]string{name}, c.args...)
			if name != "verify" {
				args = append(args, "folder")
			}
			var got cli
			parse(t, &got, args, c.variables)
			dir := map[string]string{"verify": got.Verify.Data.Dir, "backup": got.Backup.Data.Dir, "restore": got.Restore.Data.Dir}[name]
			if dir != c.want {
				t.Errorf("%v %v: got the folder %s, want %s", args, c.variables, dir, c.want)
			}
		}
	}
	wrong := settingsFile(t, "data.folder: x\n")
	want := fmt.Sprintf("aion: --config: %s: line 1: \"data.folder\" is not a setting; aion serve --help lists them\n", wrong)
	if code, _, errs := command(t, "verify", "--config", wrong); code != exitUsage || errs != want {
		t.Errorf("got %d %s want %d %s", code, errs, exitUsage, want)
	}
}
