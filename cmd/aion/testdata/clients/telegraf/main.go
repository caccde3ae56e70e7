// Command telegraf sends metrics as Telegraf's OpenTSDB output does:
// telegraf tcp://HOST|http://HOST PORT PREFIX.
package main

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/influxdata/telegraf"
	"github.com/influxdata/telegraf/metric"
	"github.com/influxdata/telegraf/plugins/outputs/opentsdb"
)

func main() {
	if err := send(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// complaints is a logger of errors, which are all that the output tells a caller
// of the points that a server does not take.
type complaints struct{ telegraf.Logger }

func (complaints) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// send connects, as Telegraf does to try the address, and writes twice.
func send(args []string) error {
	port, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	out := &opentsdb.OpenTSDB{Log: complaints{}, Host: args[0], Port: port, Prefix: args[2], Separator: "_", HTTPBatchSize: 2, HTTPPath: "/api/put"}
	if err := out.Connect(); err != nil {
		return err
	}
	defer out.Close()
	for i := range 2 {
		at := time.Unix(1767225600+int64(i), 0)
		if err := out.Write([]telegraf.Metric{
			metric.New("cpu", map[string]string{"host": "h@1", "city": "Zürich"}, map[string]any{"usage": 12.5, "n": int64(3), "bad": math.NaN()}, at),
			metric.New("lone", nil, map[string]any{"v": int64(1)}, at),
		}); err != nil {
			return err
		}
	}
	return nil
}
