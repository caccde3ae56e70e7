package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestReadmeConf holds the README's tables of kairosdb.conf to the settings that
// it has, and to the flags that serve has.
func TestReadmeConf(t *testing.T) {
	_, rest, ok := strings.Cut(readFile(t, readme), "## You have a KairosDB")
	if !ok {
		t.Fatal("README.md has no section for those who have a KairosDB")
	}
	section, _, _ := strings.Cut(rest, "\n## ")
	told := confKeys(section)
	for line := range strings.Lines(readFile(t, filepath.Join("testdata", "kairosdb.conf.keys"))) {
		key := strings.TrimSpace(line)
		if key != "" && key[0] != '#' && !slices.ContainsFunc(told, func(k string) bool { return covers(k, key) }) {
			t.Errorf("README.md does not tell of %s", key)
		}
	}
	flags := settingsTable(t)
	for _, flag := range regexp.MustCompile("`(--[a-z.-]+)").FindAllStringSubmatch(section, -1) {
		if !strings.Contains(flags, "`"+flag[1]+"`") && !strings.Contains(flags, "`"+strings.Replace(flag[1], "--", "--[no-]", 1)+"`") {
			t.Errorf("README.md tells of %s, which serve does not have", flag[1])
		}
	}
}

// confKeys are the settings of kairosdb.conf in the first cells of the tables.
// Those of the first table lie below datastore.cassandra; what stands before a
// colon is what the keys behind it lie below.
func confKeys(section string) (keys []string) {
	below := ""
	quoted := regexp.MustCompile("`([^`]+)`")
	for line := range strings.Lines(section) {
		if !strings.HasPrefix(line, "|") {
			below = ""
			continue
		}
		cell := strings.Split(line, "|")[1]
		if strings.HasPrefix(cell, " in `kairosdb.conf`, below `kairosdb") {
			below = strings.TrimPrefix(strings.TrimPrefix(quoted.FindAllStringSubmatch(cell, -1)[1][1], "kairosdb"), ".")
			continue
		}
		for _, m := range quoted.FindAllStringSubmatch(cell, -1) {
			key := strings.TrimPrefix(strings.TrimPrefix(m[1], "kairosdb."), below)
			keys = append(keys, strings.TrimPrefix(strings.TrimPrefix(below+"."+key, "."), "."))
		}
	}
	return keys
}

// covers tells whether a row about told is about key: about the same, about all
// that begins with it, or, of a cluster, about its member.
func covers(told, key string) bool {
	if prefix, all := strings.CutSuffix(told, ".*"); all {
		return strings.HasPrefix(key, prefix+".")
	}
	return told == key || strings.Replace(told, "datastore.cassandra.", "datastore.cassandra.write_cluster.", 1) == key ||
		strings.HasPrefix(told, strings.Replace(key, "write_cluster.", "", 1)+".")
}

// TestKairosConf has the list of settings name each once.
func TestKairosConf(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "kairosdb.conf.keys"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	slices.Sort(lines)
	if n := len(slices.Compact(slices.Clone(lines))); n != len(lines) || n < 80 {
		t.Errorf("got %d settings, %d of them different, want all that there are, once", len(lines), n)
	}
}
