package main

import (
	"context"
	"encoding"
	"fmt"
	"strings"
	"time"

	"aion/api/access"
	"aion/query"
)

// limitSettings are what the requests of a key, or of an organization's members,
// may take. A limit of 0 says nothing.
type limitSettings struct {
	MaxPoints  count  `placeholder:"N" help:"Stored points that one query may read."`
	MaxSeries  count  `placeholder:"N" help:"Series that one query may select."`
	MaxGroups  count  `placeholder:"N" help:"Groups that one query may answer."`
	MaxMemory  budget `placeholder:"BYTES" help:"Memory that one query may hold, such as 64MiB."`
	MaxTime    span   `placeholder:"TIME" help:"Time that one query may take, to its answer's last byte, such as 30s."`
	MaxQueries count  `placeholder:"N" help:"Queries that run at once; others wait for their turn."`
	MaxBody    size   `placeholder:"BYTES" help:"Largest body of a request, as sent."`
}

// limits are the settings as records have them.
func (l *limitSettings) limits() access.Limits {
	return access.Limits{
		Points: int64(l.MaxPoints), Series: int64(l.MaxSeries), Groups: int64(l.MaxGroups), Memory: int64(l.MaxMemory),
		Timeout: access.Length(l.MaxTime), Queries: int(l.MaxQueries), Body: int64(l.MaxBody),
	}
}

// perKeySettings are the limits of keys, users and tokens for which nothing else is
// said. A limit of 0 is the server's.
type perKeySettings struct {
	MaxPerKey       byRole[count, *count]   `default:"32" help:"Queries of one key, user or token that run at once, where neither it nor its organization has a limit of its own; others of it wait for their turn. A number, numbers of roles, or both: 32,viewer=4,root=0; 0 is any number."`
	MaxPointsPerKey byRole[count, *count]   `default:"0" help:"Stored points that one query of a key, user or token may read, likewise; 0 is as many as any query."`
	MaxSeriesPerKey byRole[count, *count]   `default:"0" help:"Series that one query of a key, user or token may select, likewise."`
	MaxGroupsPerKey byRole[count, *count]   `default:"0" help:"Groups that one query of a key, user or token may answer, likewise."`
	MaxMemoryPerKey byRole[budget, *budget] `default:"0" help:"Memory that one query of a key, user or token may hold, likewise."`
	TimeoutPerKey   byRole[span, *span]     `default:"0s" help:"Time that one query of a key, user or token may take, likewise."`
}

// limitsOf are the limits of a role, where nothing else is said.
func (s *serveCommand) limitsOf(r access.Role) access.Limits {
	q := &s.Query
	return access.Limits{
		Points: int64(q.MaxPointsPerKey.of(r)), Series: int64(q.MaxSeriesPerKey.of(r)), Groups: int64(q.MaxGroupsPerKey.of(r)),
		Memory: int64(q.MaxMemoryPerKey.of(r)), Timeout: access.Length(q.TimeoutPerKey.of(r)), Queries: int(q.MaxPerKey.of(r)),
		Body: int64(s.HTTP.MaxBodyPerKey.of(r)),
	}
}

// ownLimits are the limits of whoever asks, as queries take them.
func ownLimits(ctx context.Context) query.Limits {
	if p := access.From(ctx); p != nil {
		return queryLimits(p.Limits)
	}
	return query.Limits{}
}

// queryLimits are limits as queries take them.
func queryLimits(l access.Limits) query.Limits {
	return query.Limits{
		MaxPoints: l.Points, MaxSeries: l.Series, MaxGroups: l.Groups, MaxMemory: l.Memory, Timeout: time.Duration(l.Timeout),
	}
}

// byRole is a value, and other values for some roles: 32,viewer=4,root=0.
type byRole[T any, P interface {
	*T
	encoding.TextUnmarshaler
}] struct {
	usual T
	roles map[access.Role]T
}

// UnmarshalText reads values with commas between, those of roles behind the roles'
// names and a sign of equality.
func (b *byRole[T, P]) UnmarshalText(text []byte) error {
	b.roles = map[access.Role]T{}
	for i, part := range strings.Split(string(text), ",") {
		name, value, ofRole := strings.Cut(part, "=")
		if !ofRole {
			name, value = "", part
		}
		var v T
		if err := P(&v).UnmarshalText([]byte(value)); err != nil {
			return err
		}
		switch _, twice := b.roles[access.Role(name)]; {
		case !ofRole && i == 0:
			b.usual = v
		case !ofRole:
			return fmt.Errorf("got %q behind others, want ROLE=VALUE", part)
		case twice:
			return fmt.Errorf("got the role %s twice", name)
		default:
			role, err := access.ParseRole(name)
			if err != nil {
				return err
			}
			b.roles[role] = v
		}
	}
	return nil
}

// of is the value of a role.
func (b *byRole[T, P]) of(r access.Role) T {
	if v, ok := b.roles[r]; ok {
		return v
	}
	return b.usual
}
