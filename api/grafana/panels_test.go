package grafana

import (
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestPanels plays testdata/panels over two hosts and some texts: the targets of a
// panel of the hour from 22:13:20 at 360 points, or a whole request, and what is
// answered, a line for each element.
func TestPanels(t *testing.T) {
	p := newTested(t)
	p.put(t, "cpu", map[string]string{"host": "a", "n": "5"}, epoch, minute, 1.5, 2.5, 3, 4)
	p.put(t, "cpu", map[string]string{"host": "b", "n": "12"}, epoch, minute, 10, 20)
	p.put(t, "cpu", nil, epoch, minute, 100)
	p.put(t, "cpu.load", on("a"), epoch, minute, 7)
	p.put(t, "cpu(x)", on("a"), epoch, minute, 8)
	p.put(t, "events", map[string]string{"env": "prod", "deploy": "web"}, epoch, minute, "deployed", "rolled back")
	p.put(t, "events", map[string]string{"env": "test"}, epoch, minute, "tried")
	p.put(t, "kairosdb.inside", on("a"), epoch, minute, 1)
	many := make([]any, 2000)
	for i := range many {
		many[i] = i
	}
	p.put(t, "many", on("a"), epoch, 1000, many...)
	p.put(t, "many", on("b"), epoch, 1000, "on", "off")
	datadriven.RunTest(t, "testdata/panels", func(t *testing.T, d *datadriven.TestData) string {
		var got string
		switch d.Cmd {
		case "ask":
			got = p.ask(t, strings.Join(strings.Split(d.Input, "\n"), ","))
		default:
			got = p.post(t, "/"+d.Cmd, d.Input)
		}
		lines := strings.NewReplacer("},{\"target\"", "},\n{\"target\"", "},{\"type\":\"table", "},\n{\"type\":\"table", "},{\"schema\"", "},\n{\"schema\"", "},{\"label\"", "},\n{\"label\"", "},{\"name\"", "},\n{\"name\"").Replace(got)
		const most = 1500
		if len(lines) > most {
			lines = lines[:most] + "…"
		}
		return lines + "\n"
	})
}
