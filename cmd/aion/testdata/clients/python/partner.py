"""Reads by a key for the devices h0 and h1 what work.py has written of seven and of
others: with a client of KairosDB's, pandas, pyarrow and DuckDB, until the key is
revoked in the middle of streams. The arguments are the server's URL, the id and
secret of its administrator, and those of the key."""

import base64
import json
import sys
import urllib.parse
import urllib.request

import duckdb
import pandas
import pyarrow.ipc
from kairosdb import KairosDB

BEGIN = 1767225600000
SERVER, ADMIN, KEY = sys.argv[1], sys.argv[2:4], sys.argv[4:6]
URL = SERVER + "/api/v1/datapoints/query?"
SERIES = [n for n in range(300) if n % 7 < 2]
SUM = sum(n + i / 4 for n in SERIES for i in range(1000))


def basic(key):
    return {"Authorization": "Basic " + base64.b64encode(":".join(key).encode()).decode()}


def query(*names):
    by = [{"name": "tag", "tags": ["host", "n"]}]
    return {"start_absolute": BEGIN, "metrics": [{"name": name, "group_by": by} for name in names]}


def ask(parameters, *names):
    return urllib.request.urlopen(urllib.request.Request(URL + parameters, json.dumps(query(*names)).encode(), basic(KEY)))


def attempt(what, call):
    try:
        print(what + ":", call())
    except Exception as e:
        print(what + ":", getattr(e, "code", "an error"))


def hosts(frame):
    assert frame.value.sum() == SUM, frame.value.sum()
    return len(frame), sorted(set(frame.host))


# The client has no argument for credentials, and takes them with the URL.
attempt("client without a key", lambda: KairosDB(SERVER).get_metric_names())
client = KairosDB(SERVER.replace("//", "//" + ":".join(KEY) + "@"))
print("client:", client.get_metric_names(), client.get_metric_names("python.s"))
results = client.query(query("python.m", "python.s"))["queries"]
print("client's query:", [(q["sample_size"], len(q["results"]), sorted({h for r in q["results"] for h in r["tags"].get("host", [])})) for q in results])

# As pandas fetches by itself.
got = urllib.parse.urlencode({"format": "csv", "columns": "host,n", "query": json.dumps(query("python.m"))})
print("pandas from CSV:", hosts(pandas.read_csv(URL + got, storage_options=basic(KEY))))
wide = pandas.read_csv(ask("format=csv&layout=wide", "python.m"), index_col="time")
assert wide.sum().sum() == SUM
print("wide:", wide.shape, sorted({c.split(";")[0] for c in wide.columns}))
print("pandas from Arrow:", hosts(pyarrow.ipc.open_stream(ask("format=arrow&columns=*", "python.m")).read_pandas()))
reader = pyarrow.ipc.open_stream(ask("format=arrow&columns=*", "python.m"))
rows = duckdb.sql("select host, count(*), count(distinct n), sum(value) from reader group by host order by host").fetchall()
assert sum(row[3] for row in rows) == SUM
print("DuckDB from Arrow:", rows)
print("NDJSON of the others:", ask("format=ndjson", "python.s").read())

# Streams that no buffer between here and the server holds whole, and that would
# take longer than a second.
many = ["python.m"] * 1000
arrow, to_duckdb = (pyarrow.ipc.open_stream(ask("format=arrow&columns=*", *many)) for _ in range(2))
table = pandas.read_csv(ask("format=csv&columns=*", *many), chunksize=1000)
lines = ask("format=ndjson", *many)
for begin in arrow.read_next_batch, to_duckdb.read_next_batch, lambda: next(table), lines.readline:
    begin()
urllib.request.urlopen(urllib.request.Request(SERVER + "/api/admin/v1/keys/" + KEY[0] + "/revoke", b"", basic(ADMIN))).close()
attempt("pyarrow, revoked", lambda: sum(batch.num_rows for batch in arrow))
attempt("DuckDB, revoked", lambda: duckdb.sql("select count(*) from to_duckdb").fetchall())
attempt("pandas, revoked", lambda: sum(map(len, table)))
attempt("NDJSON, revoked", lambda: sum(map(len, lines)))
attempt("a new stream", lambda: ask("format=arrow", "python.m"))
attempt("client, revoked", lambda: client.get_metric_names())
