"""Writes points and reads them back as CSV, NDJSON and Arrow with pandas,
pyarrow and DuckDB. The arguments are the server's URL, a folder to write in, and a
key's id and secret."""

import base64
import io
import json
import sys
import urllib.request

import duckdb
import pandas
import pyarrow
import pyarrow.ipc

BEGIN = 1767225600000
URL = sys.argv[1] + "/api/v1/datapoints"
KEY = {"Authorization": "Basic " + base64.b64encode(":".join(sys.argv[3:5]).encode()).decode()}


def post(path, body):
    request = urllib.request.Request(URL + path, json.dumps(body).encode(), KEY)
    return urllib.request.urlopen(request).read()


def ask(parameters, name="python.m", tags=("host", "n")):
    by = [{"name": "tag", "tags": list(tags)}]
    query = {"start_absolute": BEGIN, "metrics": [{"name": name, "group_by": by}]}
    return post("/query?" + parameters, query)


def arrow(parameters="", **of):
    return pyarrow.ipc.open_stream(ask("format=arrow" + parameters, **of))


# 300 series of 1,000 doubles make several batches with dictionaries of their own.
for n in range(300):
    points = [[BEGIN + 1000 * i, n + i / 4] for i in range(1000)]
    post("", {"name": "python.m", "tags": {"host": "h%d" % (n % 7), "n": str(n)}, "datapoints": points})
post("", {"name": "python.s", "tags": {"host": 'a,"b";c=d'}, "type": "string", "datapoints": [[BEGIN, "=1+1"], [BEGIN + 1, "two\r\nlines"]]})
post("", {"name": "python.s", "tags": {"host": "b"}, "datapoints": [[BEGIN, 9007199254740993], [BEGIN + 1, 2.5]]})
SUM = sum(n + i / 4 for n in range(300) for i in range(1000))

table = arrow().read_all()
assert table.num_rows == 300000, table.num_rows
print("pyarrow:", ", ".join("%s %s" % (f.name, f.type) for f in table.schema))
table.validate(full=True)
assert pyarrow.compute.sum(table["value"]).as_py() == SUM

frame = table.to_pandas()
assert frame.value.sum() == SUM and frame.tags.nunique() == 300, frame.describe()
assert (frame.groupby("tags", observed=True).value.count() == 1000).all()
print("pandas from Arrow:", ", ".join("%s %s" % (c, frame[c].dtype) for c in frame))

columns = arrow("&columns=host,n&time_zone=Europe/Berlin").read_pandas()
print("columns:", columns.iloc[0].tolist())
wrong = columns[columns.host.astype(str) != ("h" + (columns.n.astype(int) % 7).astype(str))]
assert len(wrong) == 0 and columns.value.sum() == SUM, wrong

reader = arrow("&columns=*")
rows = duckdb.sql("select host, count(*), min(n::int), sum(value), min(time at time zone 'UTC') from reader group by host order by host").fetchall()
assert sum(row[3] for row in rows) == SUM
print("DuckDB from Arrow:", rows[0], rows[6])
whole = arrow().read_all()
print("DuckDB, each series:", duckdb.sql("select count(distinct tags), count(distinct metric), max(c) from (select tags, metric, count(*) c from whole group by all)").fetchall()[0])

mixed = arrow(name="python.s", tags=["host"]).read_pandas()
print("mixed:", mixed[["tags", "value", "text"]].values.tolist())

for parameters in ["", "&time=rfc3339", "&time_zone=Europe/Berlin"]:
    text = ask("format=csv" + parameters)
    frame = pandas.read_csv(io.BytesIO(text))
    assert frame.value.sum() == SUM and len(frame) == 300000
    print("pandas from CSV:", frame.iloc[0].tolist())
    path = sys.argv[2] + "/long.csv"
    with open(path, "wb") as f:
        f.write(text)
    print("DuckDB from CSV:", duckdb.sql("select any_value(typeof(time)), count(*), count(distinct tags), sum(value) from '%s'" % path).fetchall()[0])
texts = pandas.read_csv(io.BytesIO(ask("format=csv", name="python.s", tags=["host"])), keep_default_na=False)
print("texts:", texts.values.tolist())
wide = pandas.read_csv(io.BytesIO(ask("format=csv&layout=wide&time=rfc3339")), parse_dates=["time"], index_col="time")
assert wide.sum().sum() == SUM and wide.shape == (1000, 300), wide.shape
print("wide:", wide.columns[0], wide.index[1], wide.iloc[1, 0])

lines = pandas.read_json(io.BytesIO(ask("format=ndjson", tags=["host", "n"])), lines=True)
assert lines.value.sum() == SUM
print("NDJSON:", lines.iloc[1].to_dict())
