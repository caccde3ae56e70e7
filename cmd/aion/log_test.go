package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// TestLogLevel: what belongs to the audit is logged whatever level is asked for, and
// nothing else below it.
func TestLogLevel(t *testing.T) {
	for _, tt := range []struct{ level, want string }{
		{"debug", "debug info audit warn error "}, {"info", "info audit warn error "}, {"warn", "audit warn error "}, {"error", "audit error "},
	} {
		for _, format := range []string{"text", "json"} {
			var to bytes.Buffer
			log := (&logSettings{Format: format, Level: tt.level}).logger(&to).With("of", "all")
			log.Debug("debug")
			log.Info("info", "audit", false)
			log.LogAttrs(t.Context(), slog.LevelInfo, "audit", slog.Bool("audit", true))
			log.Warn("warn")
			log.Error("error", "audit", "no flag")
			got := ""
			for line := range strings.Lines(to.String()) {
				for _, word := range []string{"debug", "info", "audit", "warn", "error"} {
					if strings.Contains(line, "msg="+word+" ") || strings.Contains(line, `"msg":"`+word+`"`) {
						got += word + " "
					}
				}
			}
			if got != tt.want {
				t.Errorf("%s as %s: got %s, want %s", tt.level, format, got, tt.want)
			}
		}
	}
}
