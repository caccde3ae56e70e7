package cassandra

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"aion/storage/codec"
)

// prepare sees that the keyspace is there and KairosDB's, and answers which
// tables it has. A write cluster's and a metadata cluster's schema is made where
// it is missing, as KairosDB makes it; a read cluster's is not.
func (c *cluster) prepare(ctx context.Context, settings *gocql.ClusterConfig) (map[string]bool, error) {
	session, end, err := begin(ctx, settings)
	if err != nil {
		return nil, err
	}
	defer end()
	c.reached.Store(true)
	if err := c.findCentre(ctx, session); err != nil {
		return nil, err
	}
	found, err := columns(ctx, session, c.config.Keyspace)
	if err != nil {
		return nil, err
	}
	if err := c.recognise(found); err != nil {
		return nil, err
	}
	var wanted []table
	switch {
	case c.role == writing:
		wanted = append(dataTables(), serviceTable())
	case c.role == meta:
		wanted = []table{serviceTable()}
	case len(found) == 0:
		return nil, &ForeignError{c.config.Keyspace, "it does not exist or has no tables"}
	}
	tables := map[string]bool{}
	for name := range found {
		tables[name] = true
	}
	for _, t := range wanted {
		tables[t.name] = true
	}
	return tables, c.create(ctx, session, found, wanted)
}

// findCentre refuses a local data centre that the cluster does not have: every
// request would go elsewhere.
func (c *cluster) findCentre(ctx context.Context, session *gocql.Session) error {
	if c.config.LocalDC == "" {
		return nil
	}
	var centres []string
	for _, statement := range []string{readCentre, readCentres} {
		rows := session.Query(statement).Consistency(gocql.One).IterContext(ctx)
		var name string
		for rows.Scan(&name) {
			if !slices.Contains(centres, name) {
				centres = append(centres, name)
			}
		}
		if err := rows.Close(); err != nil {
			return err
		}
	}
	if slices.Contains(centres, c.config.LocalDC) {
		return nil
	}
	slices.Sort(centres)
	return fmt.Errorf("there is no data centre %s: the cluster has %s", c.config.LocalDC, strings.Join(centres, ", "))
}

// columns are the names of the columns of all tables of a keyspace, sorted.
func columns(ctx context.Context, session *gocql.Session, keyspace string) (map[string][]string, error) {
	rows := session.Query(`SELECT table_name, column_name FROM system_schema.columns WHERE keyspace_name = ?`, keyspace).
		Consistency(gocql.One).IterContext(ctx)
	found := map[string][]string{}
	var table, column string
	for rows.Scan(&table, &column) {
		found[table] = append(found[table], column)
	}
	for _, names := range found {
		slices.Sort(names)
	}
	return found, rows.Close()
}

// recognise refuses a keyspace that has tables of others alone, or one of ours
// with other columns.
func (c *cluster) recognise(found map[string][]string) error {
	ours, names := 0, []string{}
	for name := range found {
		if !strings.HasPrefix(name, "aion_") {
			names = append(names, name)
		}
	}
	for _, t := range append(dataTables(), serviceTable()) {
		got, ok := found[t.name]
		if !ok {
			continue
		}
		ours++
		if !slices.Equal(got, t.columns) {
			return &ForeignError{c.config.Keyspace, fmt.Sprintf("its table %s has the columns %s instead of %s",
				t.name, strings.Join(got, ", "), strings.Join(t.columns, ", "))}
		}
	}
	if ours == 0 && len(names) > 0 {
		slices.Sort(names)
		return &ForeignError{c.config.Keyspace, "it has other tables: " + strings.Join(names, ", ")}
	}
	return nil
}

// create makes the keyspace and the tables that are missing, and says so.
func (c *cluster) create(ctx context.Context, session *gocql.Session, found map[string][]string, tables []table) error {
	if !slices.ContainsFunc(tables, func(t table) bool { return found[t.name] == nil }) {
		return nil
	}
	if len(found) == 0 {
		replication := cmp.Or(c.config.Replication, "{'class': 'SimpleStrategy', 'replication_factor': 1}")
		statement := fmt.Sprintf(`CREATE KEYSPACE IF NOT EXISTS %s WITH REPLICATION = %s`, quote(c.config.Keyspace), replication)
		if err := session.Query(statement).ExecContext(ctx); err != nil {
			return err
		}
		c.log.Info("created a keyspace, if it was not there", "cluster", c.String(), "replication", replication)
	}
	for _, t := range tables {
		if _, ok := found[t.name]; ok {
			continue
		}
		if err := createTable(ctx, session, c.config.Keyspace, t); err != nil {
			return fmt.Errorf("create table %s: %w", t.name, err)
		}
		c.log.Info("created a table", "cluster", c.String(), "table", t.name)
	}
	return session.AwaitSchemaAgreement(ctx)
}

// createTable makes a table as KairosDB does. Where the server does not know the
// option that KairosDB asks for, the table is made without it, which KairosDB
// reads and writes all the same.
func createTable(ctx context.Context, session *gocql.Session, keyspace string, t table) error {
	statement := fmt.Sprintf(`CREATE TABLE IF NOT EXISTS %s.%s %s`, quote(keyspace), t.name, t.create)
	if t.with != "" && session.Query(statement+" "+t.with).ExecContext(ctx) == nil {
		return nil
	}
	return session.Query(statement).ExecContext(ctx)
}

// quote makes a keyspace's name one that CQL takes as it is.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// load reads the layout, and writes it where a write cluster has none; it looks
// for rows of the legacy index. A metadata cluster has neither.
func (c *conn) load(ctx context.Context) error {
	if c.cluster.role == meta {
		return nil
	}
	unit, width, err := c.readSpec(ctx)
	if err != nil {
		return err
	}
	if unit == "" || width == "" {
		if unit, width, err = c.settle(ctx, unit, width); err != nil {
			return err
		}
	}
	if c.layout, err = codec.ParseLayout(unit, width); err != nil {
		return &ForeignError{c.cluster.config.Keyspace, err.Error()}
	}
	if err := c.findCompact(ctx); err != nil {
		return err
	}
	return c.findLegacy(ctx)
}

// findCompact looks whether a write cluster's points are in a compact table.
func (c *conn) findCompact(ctx context.Context) error {
	if c.cluster.role != writing {
		return nil
	}
	var flags []string
	if err := c.selects(readFlags, c.cluster.config.Keyspace).ScanContext(ctx, &flags); err != nil && err != gocql.ErrNotFound {
		return err
	}
	c.compact = slices.Contains(flags, "dense")
	return nil
}

// readSpec reads the two rows of table spec; what is missing is empty. A read
// cluster may lack the table.
func (c *conn) readSpec(ctx context.Context) (unit, width string, err error) {
	for _, row := range []struct {
		name string
		to   *string
	}{{"row_time_unit", &unit}, {"row_width", &width}} {
		err := c.selects(readSpec, row.name).ScanContext(ctx, row.to)
		if c.cluster.role == reading && refused(err) {
			return "", "", nil
		}
		if err != nil && err != gocql.ErrNotFound {
			return "", "", err
		}
	}
	return unit, width, nil
}

// settle decides the layout of a keyspace whose table spec is not complete: one
// that lists metrics is older than release 1.3 and so LEGACY with the old width,
// whatever the settings say; any other has what they say. A write cluster's is
// stored before any metric is.
func (c *conn) settle(ctx context.Context, unit, width string) (string, string, error) {
	var name string
	err := c.selects(readAnyName, []byte(metricNames)).ScanContext(ctx, &name)
	if err != nil && err != gocql.ErrNotFound {
		return "", "", err
	}
	want := c.cluster.layout
	if unit == "" && err == nil {
		want = codec.Layout{Unit: codec.Legacy, Width: codec.Default().Width}
	} else if parsed, perr := codec.ParseLayout(unit, fmt.Sprint(want.Width)); unit != "" && perr == nil {
		want.Unit = parsed.Unit
	}
	stored := []struct{ name, was, is string }{
		{"row_time_unit", unit, cmp.Or(unit, want.Unit.String())}, {"row_width", width, cmp.Or(width, fmt.Sprint(want.Width))},
	}
	for _, row := range stored {
		if row.was != "" || c.cluster.role != writing {
			continue
		}
		if err := c.change(ctx, "spec", c.cluster.now().UnixMilli(), writeSpec, row.name, row.is); err != nil {
			return "", "", err
		}
		c.cluster.log.Info("stored how the keyspace is laid out", "cluster", c.cluster.String(), row.name, row.is)
	}
	return stored[0].is, stored[1].is, nil
}

// findLegacy notes whether the legacy index has rows, so that an empty one is
// not asked with every query.
func (c *conn) findLegacy(ctx context.Context) error {
	var key []byte
	err := c.selects(readAnyLegacy).ScanContext(ctx, &key)
	if err != nil && err != gocql.ErrNotFound && !refused(err) {
		return err
	}
	c.legacy.Store(err == nil)
	return nil
}
