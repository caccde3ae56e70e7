package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"
)

// telnetPatience is how long a telnet port may take for one conversation.
const telnetPatience = 20 * time.Second

// telnetOf is the address of a target's telnet port, or nothing.
func telnetOf(t Target) string {
	switch t := t.(type) {
	case *Clocked:
		return t.Telnet
	case *Remote:
		return t.Telnet
	}
	return ""
}

// telnet sends lines in one connection, with the script's metrics under the
// prefix, and shows what comes back until the server ends it.
func (r *run) telnet(ctx context.Context, st *Step) (string, error) {
	text := ""
	for _, line := range append([]string{st.Args}, st.Lines...) {
		words := strings.SplitN(line, " ", 3)
		if len(words) > 1 && slices.Contains(r.script.Metrics, words[1]) {
			words[1] = r.setup.Prefix + words[1]
		}
		text += strings.NewReplacer(`\r`, "\r", `\t`, "\t", `\\`, `\`).Replace(strings.Join(words, " ")) + "\n"
	}
	answer, err := converse(ctx, telnetOf(r.target), text)
	return strings.ReplaceAll(answer, r.setup.Prefix, ""), err
}

// converse sends a text to a telnet port and reads until the other end has
// nothing more to say, which it has not when it has taken all of the text.
func converse(ctx context.Context, address, text string) (answer string, err error) {
	if address == "" {
		return "", errors.New("no telnet port is known")
	}
	c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return "", fmt.Errorf("telnet: %w", err)
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := c.SetDeadline(time.Now().Add(telnetPatience)); err != nil {
		return "", fmt.Errorf("telnet: %w", err)
	}
	if _, err := io.WriteString(c, text); err != nil {
		return "", fmt.Errorf("telnet: %w", err)
	}
	if half, ok := c.(*net.TCPConn); ok {
		if err := half.CloseWrite(); err != nil {
			return "", fmt.Errorf("telnet: %w", err)
		}
	}
	all, err := io.ReadAll(c)
	if err != nil {
		return "", fmt.Errorf("telnet: %w", err)
	}
	return string(all), nil
}
