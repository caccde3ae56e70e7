package cassandratest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestKeyspace makes a keyspace on the shared node, which is gone afterwards.
func TestKeyspace(t *testing.T) {
	n := Shared(t)
	var first, second string
	t.Run("use", func(t *testing.T) {
		first, second = n.Keyspace(t), n.Keyspace(t)
		fill(t, n, first)
	})
	if first == second {
		t.Errorf("got the keyspace %s twice", first)
	}
	err := n.Session(t, "").Query("SELECT * FROM " + first + ".rows").Exec()
	if err == nil {
		t.Errorf("keyspace %s is still there", first)
	}
}

// TestSharedIsSpared ends a test that would stop the shared node.
func TestSharedIsSpared(t *testing.T) {
	n := Shared(t)
	out, err := again(t, "TestChildStops").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "not this test's own") {
		t.Errorf("got %v %s, want a failed test", err, out)
	}
	if err := n.answers(); err != nil {
		t.Error(err)
	}
}

// TestShares has another process use the node that this one started.
func TestShares(t *testing.T) {
	n := Shared(t)
	out, err := again(t, "TestChildShares").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "host "+n.Host()+"\n") {
		t.Errorf("got %v %s, want host %s", err, out, n.Host())
	}
}

// TestStarterWaits has the process that started the node be done before another
// one that uses it: the node goes with the last user, and its data with it.
func TestStarterWaits(t *testing.T) {
	require(t, "cassandra-"+release())
	temp := t.TempDir()
	users, err := lock(filepath.Join(place(t, temp), "users.lock"), syscall.LOCK_SH)
	if err != nil {
		t.Fatal(err)
	}
	starter := again(t, "TestChildShares", "TMPDIR="+temp, "AION_TEST_CASSANDRA=")
	var out bytes.Buffer
	starter.Stdout, starter.Stderr = &out, &out
	if err := starter.Start(); err != nil {
		t.Fatal(err)
	}
	v := &visit{dir: place(t, temp), users: users}
	await(t, "the starter's node", func() bool { v.node = v.find(); return v.node != nil })
	if err := v.node.answers(); err != nil {
		t.Error(err)
	}
	users.Close()
	if err := starter.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if v.node.answers() == nil {
		t.Error("the node runs although nobody uses it")
	}
	if _, err := os.Stat(v.data()); !os.IsNotExist(err) {
		t.Errorf("got %v, want the node's data removed", err)
	}
}

// TestStarterDies kills the process that started the node: the node goes with it
// and the next process starts afresh.
func TestStarterDies(t *testing.T) {
	require(t, "cassandra-"+release())
	temp := t.TempDir()
	starter := again(t, "TestChildHangs", "TMPDIR="+temp, "AION_TEST_CASSANDRA=")
	if err := starter.Start(); err != nil {
		t.Fatal(err)
	}
	v := &visit{dir: place(t, temp)}
	await(t, "the starter's node", func() bool { v.node = v.find(); return v.node != nil })
	died, err := v.record()
	if err != nil {
		t.Fatal(err)
	}
	starter.Process.Kill()
	starter.Wait()
	await(t, "the end of the node", func() bool { return !v.owns(died.Node) })
	next, err := meet(v.dir)
	if err != nil {
		t.Fatal(err)
	}
	if next.node.process == nil {
		t.Error("got the dead process's node, want a new one")
	}
	if err := next.leave(); err != nil {
		t.Error(err)
	}
}

// TestWithout looks what becomes of a test on a machine without Java.
func TestWithout(t *testing.T) {
	for _, c := range []struct {
		name, setting, want string
	}{
		{"a laptop", "CI=", "--- SKIP"},
		{"in CI", "CI=true", "--- FAIL"},
		{"required", "AION_REQUIRE_CASSANDRA=1", "--- FAIL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings := []string{"PATH=" + t.TempDir(), "AION_TEST_CASSANDRA=", "CI=", "AION_REQUIRE_CASSANDRA=", c.setting}
			out, _ := again(t, "TestChildShares", settings...).CombinedOutput()
			for _, want := range []string{c.want, "Java 17"} {
				if !strings.Contains(string(out), want) {
					t.Errorf("got %s, want %s", out, want)
				}
			}
		})
	}
}

// TestChildShares is what other processes run: it names the shared node.
func TestChildShares(t *testing.T) {
	child(t)
	n := Shared(t)
	os.Stdout.WriteString("host " + n.Host() + "\n")
}

// TestChildStops tries to stop the shared node.
func TestChildStops(t *testing.T) {
	child(t)
	Shared(t).Stop(t)
}

// TestChildHangs starts the shared node and waits to be killed.
func TestChildHangs(t *testing.T) {
	child(t)
	Shared(t)
	select {}
}

// child skips what is meant for other processes.
func child(t *testing.T) {
	t.Helper()
	if os.Getenv("AION_TEST_CHILD") != "1" {
		t.Skip("run by other tests in a process of its own")
	}
}

// again is this program with one of its tests to run.
func again(t *testing.T, test string, settings ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+test+"$", "-test.v")
	c.Env = append(append(os.Environ(), "AION_TEST_CHILD=1"), settings...)
	return c
}

// place is the meeting place of processes with the folder for temporary files.
func place(t *testing.T, temp string) string {
	t.Helper()
	dir := filepath.Join(temp, filepath.Base(meetingPlace()))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// await polls until the condition holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(readyWithin); !holds(); time.Sleep(lookEvery) {
		if time.Now().After(deadline) {
			t.Fatalf("waited for %s in vain", what)
		}
	}
}
