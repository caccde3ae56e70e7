package main

import (
	"cmp"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"aion/storage/cassandra"
	"aion/storage/points"
)

// address is a host with or without a port: 10.0.0.1, db.example:9042,
// [::1]:9042.
type address string

// UnmarshalText reads a host and perhaps a port.
func (a *address) UnmarshalText(text []byte) error {
	host, port, err := net.SplitHostPort(string(text))
	if err != nil { // no port, or nothing of the kind
		host = strings.TrimSuffix(strings.TrimPrefix(string(text), "["), "]")
	}
	n, wrong := strconv.ParseUint(cmp.Or(port, "9042"), 10, 16)
	named := regexp.MustCompile(`^[A-Za-z0-9._-]+$`).MatchString(host)
	if wrong != nil || n == 0 || !named && net.ParseIP(host) == nil {
		return fmt.Errorf("got %q, want HOST or HOST:PORT such as 10.0.0.1, db1.example:9042 or [::1]:9042", text)
	}
	*a = address(host)
	if port != "" {
		*a = address(net.JoinHostPort(host, port))
	}
	return nil
}

// onePort refuses addresses with several ports: a cluster has one.
func onePort(addresses []address) error {
	first := ""
	for _, a := range addresses {
		_, port, err := net.SplitHostPort(string(a))
		if err == nil && first != "" && first != port {
			return fmt.Errorf("got the ports %s and %s, want the same one for all hosts", first, port)
		}
		first = cmp.Or(port, first)
	}
	return nil
}

// keyspace is the name of a keyspace. KairosDB never quotes it, so Cassandra
// knows it in lower case.
type keyspace string

// UnmarshalText reads a name.
func (k *keyspace) UnmarshalText(text []byte) error {
	if !regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,47}$`).Match(text) {
		return fmt.Errorf("got %q, want a letter and up to 47 letters, digits and underscores", text)
	}
	*k = keyspace(strings.ToLower(string(text)))
	return nil
}

// replication says how often and where a keyspace is kept, in CQL.
type replication string

// UnmarshalText reads a map of CQL that names a class.
func (r *replication) UnmarshalText(text []byte) error {
	const pair = `\s*'[\w.-]+'\s*:\s*('[\w.-]+'|\d+)\s*`
	if !regexp.MustCompile(`^\{`+pair+`(,`+pair+`)*\}$`).Match(text) || !strings.Contains(string(text), "'class'") {
		return fmt.Errorf("got %q, want CQL such as {'class': 'NetworkTopologyStrategy', 'dc1': 3}", text)
	}
	*r = replication(text)
	return nil
}

// level is a level of consistency, in Cassandra's words.
type level string

// UnmarshalText reads a level in any case.
func (l *level) UnmarshalText(text []byte) error {
	name := strings.ToUpper(string(text))
	if !slices.Contains(cassandra.Consistencies(), name) {
		return fmt.Errorf("got %q, want one of %s", text, strings.Join(cassandra.Consistencies(), ", "))
	}
	*l = level(name)
	return nil
}

// elsewhere names a keyspace, the hosts that know it, and which times it holds.
type elsewhere struct {
	Keyspace keyspace
	Hosts    []address     // none: those of the keyspace that is written
	Within   *points.Range // nil: any time
}

// UnmarshalText reads KEYSPACE, KEYSPACE@HOST+HOST and either with /FROM..TO
// behind it, of which one may be left out.
func (e *elsewhere) UnmarshalText(text []byte) error {
	place, times, timed := strings.Cut(string(text), "/")
	name, hosts, hosted := strings.Cut(place, "@")
	read := elsewhere{}
	err := read.Keyspace.UnmarshalText([]byte(name))
	for host := range strings.SplitSeq(hosts, "+") {
		var a address
		if !hosted || err != nil {
			break
		}
		err = a.UnmarshalText([]byte(host))
		read.Hosts = append(read.Hosts, a)
	}
	if err == nil {
		err = onePort(read.Hosts)
	}
	if timed && err == nil {
		read.Within, err = parseWithin(times)
	}
	if err != nil {
		return fmt.Errorf("got %q, want KEYSPACE, KEYSPACE@HOST+HOST or either with /FROM..TO, such as old@10.0.0.1+10.0.0.2/..2018-01-01T00:00Z: %w", text, err)
	}
	*e = read
	return nil
}

// parseWithin reads FROM..TO.
func parseWithin(text string) (*points.Range, error) {
	from, to, ok := strings.Cut(text, "..")
	if !ok {
		return nil, fmt.Errorf("got %q, want FROM..TO", text)
	}
	within := points.Always
	for _, end := range []struct {
		text string
		at   *int64
	}{{from, &within.From}, {to, &within.To}} {
		if end.text == "" {
			continue
		}
		var err error
		if *end.at, err = parseMoment(end.text); err != nil {
			return nil, err
		}
	}
	if within.Empty() {
		return nil, fmt.Errorf("got %q, want an end that is not before the beginning", text)
	}
	return &within, nil
}

// parseMoment reads a time as KairosDB's start_time and end_time have it, or by
// RFC 3339, in Unix milliseconds.
func parseMoment(text string) (int64, error) {
	for _, layout := range []string{"2006-01-02T15:04Z0700", "2006-01-02T15:04Z07:00", time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UnixMilli(), nil
		}
	}
	return 0, fmt.Errorf("got %q, want a time such as 2018-01-01T00:00Z, 2018-01-01T00:00+0100 or 2018-01-01T00:00:00+01:00", text)
}

// indexed names a metric whose series are found by tag, and the tags that are
// indexed.
type indexed struct {
	Metric string
	Tags   []string // none: all
}

// UnmarshalText reads METRIC or METRIC=TAG+TAG. A backslash takes the character
// behind it as it is, so that names may hold = and +.
func (x *indexed) UnmarshalText(text []byte) error {
	var parts []string // the metric, then its tags
	part, rest := "", string(text)
	for rest != "" {
		c, tail := rest[:1], rest[1:]
		switch {
		case c == `\` && tail != "":
			c, tail = tail[:1], tail[1:]
			part += c
		case c == "=" && len(parts) == 0, c == "+" && len(parts) > 0:
			parts, part = append(parts, part), ""
		default:
			part += c
		}
		rest = tail
	}
	parts = append(parts, part)
	if slices.Contains(parts, "") {
		return fmt.Errorf(`got %q, want METRIC, METRIC=TAG+TAG or *, with \ before a = or + that belongs to a name`, text)
	}
	*x = indexed{Metric: parts[0], Tags: parts[1:]}
	return nil
}
