package cassandratest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// How long things may take before they count as failed. The first start fetches
// jars.
const (
	readyWithin = 5 * time.Minute
	endsWithin  = time.Minute
	lookEvery   = 20 * time.Millisecond
)

// process is a Java program that a start script runs. It needs no goroutine, so
// that tests may look for leaked ones while it runs. Its methods may be called
// from several goroutines.
type process struct {
	dir  string   // data, configuration and logs
	args []string // the script and its arguments
	env  []string // what the script is told, added to this process's environment

	mu      sync.Mutex
	running *os.Process // nil: not started, or ended and waited for
}

// start runs the script. The program is killed when this process ends, however
// it ends.
func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running != nil {
		return fmt.Errorf("%s runs already", p.args[0])
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		return fmt.Errorf("start %s: %w", p.args[0], err)
	}
	// What an earlier run logged must not be taken for this one's word.
	os.Remove(filepath.Join(p.dir, systemLog))
	out, err := os.Create(filepath.Join(p.dir, scriptLog))
	if err != nil {
		return fmt.Errorf("start %s: %w", p.args[0], err)
	}
	defer out.Close()
	p.running, err = os.StartProcess(bash, append([]string{"bash"}, p.args...), &os.ProcAttr{
		Env:   append(os.Environ(), p.env...),
		Files: []*os.File{nil, out, out},
		Sys:   attributes(),
	})
	if err != nil {
		return fmt.Errorf("start %s: %w", p.args[0], err)
	}
	return nil
}

// await looks until ready says yes. It is an error, with the last lines of the
// logs, if the program ends before that or takes too long.
func (p *process) await(ready func() bool) error {
	for deadline := time.Now().Add(readyWithin); !ready(); time.Sleep(lookEvery) {
		if p.ended() {
			return fmt.Errorf("%s ended before it was ready\n%s", p.args[0], p.logs())
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s was not ready after %v\n%s", p.args[0], readyWithin, p.logs())
		}
	}
	return nil
}

// ended tells whether the program does not run (any more).
func (p *process) ended() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil {
		return true
	}
	var status syscall.WaitStatus
	pid, err := syscall.Wait4(p.running.Pid, &status, syscall.WNOHANG, nil)
	if pid == 0 && err == nil || errors.Is(err, syscall.EINTR) {
		return false
	}
	p.running.Release()
	p.running = nil
	return true
}

// signal sends a signal to the running program.
func (p *process) signal(s syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil {
		return fmt.Errorf("send %v to %s: it does not run", s, p.args[0])
	}
	if err := p.running.Signal(s); err != nil {
		return fmt.Errorf("send %v to %s: %w", s, p.args[0], err)
	}
	return nil
}

// end sends the signals in turn and waits until the program has ended. One that
// has ended already is fine; one that does not heed the signals is killed, and
// that is an error.
func (p *process) end(signals ...syscall.Signal) error {
	if p.ended() {
		return nil
	}
	for _, s := range signals {
		if err := p.signal(s); err != nil {
			return err
		}
	}
	for deadline := time.Now().Add(endsWithin); !p.ended(); time.Sleep(lookEvery) {
		if time.Now().After(deadline) {
			return errors.Join(fmt.Errorf("%s did not end within %v\n%s", p.args[0], endsWithin, p.logs()), p.end(syscall.SIGKILL))
		}
	}
	return nil
}

// stop lets the program end in order, a paused one, too.
func (p *process) stop() error { return p.end(syscall.SIGCONT, syscall.SIGTERM) }

// kill ends the program at once.
func (p *process) kill() error { return p.end(syscall.SIGKILL) }

// The logs that a program leaves in its folder, in the order in which they begin.
const (
	scriptLog = "script.log"
	mavenLog  = "maven.log"
	javaLog   = "stdout.log"
	systemLog = "system.log"
)

// logs is the last lines of each log.
func (p *process) logs() string {
	var b strings.Builder
	for _, name := range []string{scriptLog, mavenLog, javaLog, systemLog} {
		text, err := os.ReadFile(filepath.Join(p.dir, name))
		if err != nil || len(text) == 0 {
			continue
		}
		lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
		lines = lines[max(0, len(lines)-30):]
		fmt.Fprintf(&b, "--- end of %s\n%s\n", name, strings.Join(lines, "\n"))
	}
	return b.String()
}

// logged tells whether a line of the program's log contains the words.
func (p *process) logged(words string) bool {
	text, err := os.ReadFile(filepath.Join(p.dir, systemLog))
	return err == nil && strings.Contains(string(text), words)
}

// pid is the id of the running program, 0 if it does not run.
func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil {
		return 0
	}
	return p.running.Pid
}
