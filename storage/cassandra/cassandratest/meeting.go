package cassandratest

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// meetingPlace is the folder in which the test processes of this user and this
// checkout find their shared node, which is of one release.
func meetingPlace() string {
	h := fnv.New64a()
	h.Write([]byte(checkout() + " " + release()))
	return filepath.Join(os.TempDir(), fmt.Sprintf("aion-cassandra-%d-%x", os.Getuid(), h.Sum64()))
}

// checkout is the folder of go.mod above the current one; the current one if
// there is none.
func checkout() string {
	here, err := os.Getwd()
	if err != nil {
		return ""
	}
	for dir := here; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return here
		}
	}
}

// record is what the process that started the node leaves for the others.
type record struct {
	Host    string
	Node    int // process ids
	Starter int
}

// visit is this process's stay at a meeting place: it holds the users' lock
// shared, so that the node stays until leave.
type visit struct {
	dir   string
	users *os.File
	node  *Node
}

// meet answers the node of the meeting place. The first process starts it, later
// ones find it; what a process that died left behind is cleared away.
func meet(dir string) (_ *visit, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("share a node: %w", err)
	}
	users, err := lock(filepath.Join(dir, "users.lock"), syscall.LOCK_SH)
	if err != nil {
		return nil, err
	}
	v := &visit{dir: dir, users: users}
	defer func() {
		if err != nil {
			users.Close()
		}
	}()
	starting, err := lock(filepath.Join(dir, "start.lock"), syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	defer starting.Close()
	if v.node = v.find(); v.node != nil {
		return v, nil
	}
	if err := v.clear(); err != nil {
		return nil, err
	}
	return v, v.start()
}

// find answers the node that another process has started, or nil.
func (v *visit) find() *Node {
	r, err := v.record()
	if err != nil || syscall.Kill(r.Starter, 0) != nil {
		return nil
	}
	n := &Node{host: r.Host, lasting: true}
	if n.answers() != nil {
		return nil
	}
	return n
}

// start starts a node and records it for the others.
func (v *visit) start() error {
	if err := os.MkdirAll(v.data(), 0o700); err != nil {
		return fmt.Errorf("share a node: %w", err)
	}
	n, err := newNode(v.data(), Options{throwing: true})
	if err != nil {
		return err
	}
	n.lasting = true
	if err := n.start(); err != nil {
		return errors.Join(err, n.process.kill())
	}
	text, err := json.Marshal(record{Host: n.host, Node: n.process.pid(), Starter: os.Getpid()})
	if err == nil {
		err = os.WriteFile(v.recorded(), text, 0o600)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("share a node: %w", err), n.process.kill())
	}
	v.node = n
	return nil
}

// leave gives the node back. The process that started it waits until no other
// uses it and stops it.
func (v *visit) leave() error {
	defer v.users.Close()
	if v.node.process == nil {
		return nil
	}
	if err := relock(v.users, syscall.LOCK_EX); err != nil {
		return errors.Join(err, v.node.process.kill())
	}
	return errors.Join(v.node.process.kill(), v.clear())
}

// clear removes what a node left behind, the node itself included if its starter
// died before it.
func (v *visit) clear() error {
	if r, err := v.record(); err == nil && v.owns(r.Node) {
		for syscall.Kill(r.Node, syscall.SIGKILL) == nil && v.owns(r.Node) {
			time.Sleep(lookEvery)
		}
	}
	if err := errors.Join(os.RemoveAll(v.recorded()), os.RemoveAll(v.data())); err != nil {
		return fmt.Errorf("clear a shared node: %w", err)
	}
	return nil
}

// owns tells whether the process runs with this meeting place's data; without
// /proc no process does.
func (v *visit) owns(pid int) bool {
	command, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return err == nil && strings.Contains(string(command), v.data())
}

// record reads what the process that started the node has left.
func (v *visit) record() (r record, err error) {
	text, err := os.ReadFile(v.recorded())
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(text, &r)
}

// data is the folder of the node.
func (v *visit) data() string { return filepath.Join(v.dir, "data") }

// recorded is the file of the record.
func (v *visit) recorded() string { return filepath.Join(v.dir, "node.json") }
