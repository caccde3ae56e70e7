package cassandratest

import (
	"cmp"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// scripts are the start scripts, the poms they read and the Java they run.
//
//go:embed cassandra.sh kairosdb.sh cassandra-pom.xml kairosdb-pom.xml Throwing.java
var scripts embed.FS

// The releases that are started where nothing else is said.
const (
	cassandraVersion = "5.0.6"
	kairosVersion    = "1.3.0-1"
)

// release is the release of Cassandra that is started where a test names none:
// that of AION_TEST_CASSANDRA_VERSION, if it is set.
func release() string { return cmp.Or(os.Getenv("AION_TEST_CASSANDRA_VERSION"), cassandraVersion) }

// unpack writes the scripts and poms into dir.
func unpack(dir string) error {
	if err := os.CopyFS(dir, scripts); err != nil {
		return fmt.Errorf("unpack the start scripts: %w", err)
	}
	return nil
}

// jarsFolder is the folder that keeps the jars of all originals.
func jarsFolder() (string, error) {
	if dir := os.Getenv("AION_JARS"); dir != "" {
		return dir, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a folder for the jars: %w", err)
	}
	return filepath.Join(cache, "aion-originals"), nil
}

// require ends the test where the original, such as cassandra-5.0.6, cannot be
// started: it skips, or fails where a run without the original is a failure. A
// short run starts none.
func require(t testing.TB, original string) {
	t.Helper()
	if testing.Short() {
		t.Skipf("%s takes too long to start for a short run", original)
	}
	reason := missing(original)
	switch {
	case reason == "":
	case os.Getenv("CI") == "true" || os.Getenv("AION_REQUIRE_CASSANDRA") == "1":
		t.Fatalf("%s cannot be started, and this run must not go without: %s", original, reason)
	default:
		t.Skipf("%s cannot be started: %s", original, reason)
	}
}

// missing tells what stands in the way of starting the original; nothing if it
// is empty.
func missing(original string) string {
	for _, command := range []string{"bash", "java"} {
		if _, err := exec.LookPath(command); err != nil {
			return command + " is not installed (Java 17 or later is needed)"
		}
	}
	jars, err := jarsFolder()
	if err != nil {
		return err.Error()
	}
	if _, err := os.Stat(filepath.Join(jars, original, ".complete")); err == nil {
		return ""
	}
	if _, err := exec.LookPath("mvn"); err != nil {
		return "its jars are not in " + jars + ", and mvn, which fetches them, is not installed"
	}
	return ""
}
