"""Logs in to Yggio's API, makes an iotnode for a desk, pushes its occupancy by the
node's secret and asks for the time series, by the pages "Time series data", "Generic
integration" and "Handling iotnodes" of the vendor's documentation. The arguments are
the server's URL, a user name and a password. It needs nothing but Python."""

import csv
import io
import json
import sys
import urllib.error
import urllib.parse
import urllib.request

URL, USER, PASSWORD = sys.argv[1:4]


def call(method, path, token=None, body=None, query=None, accept="application/json"):
    """Sends a request and answers the status and the text of the body."""
    if query:
        path += "?" + urllib.parse.urlencode(query)
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data, method=method)
    request.add_header("Accept", accept)
    if data is not None:
        request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", "Bearer " + token)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def done(*args, **kwargs):
    """Is the JSON of the answer to a request that succeeds."""
    status, text = call(*args, **kwargs)
    if status not in (200, 201):
        sys.exit("%s: %d %s" % (args[:2], status, text))
    return json.loads(text)


def push(secret, time, **values):
    """Stores values of the node that has a secret, and answers the status."""
    return call("POST", "/http-push/generic", body=dict(values, secret=secret, timestamp=time), query={"identifier": "secret"})[0]


token = done("POST", "/api/auth/local", body={"username": USER, "password": PASSWORD})["token"]
print("wrong password:", *call("POST", "/api/auth/local", body={"username": USER, "password": "wrong"}))

node = done("POST", "/api/iotnodes", token, {"name": "desk", "secret": "DESK-01.", "description": "by the window"})
print("node:", node["name"], node["description"], node["rights"], len(node["_id"]))
print("listed:", node["_id"] in [one["_id"] for one in done("GET", "/api/iotnodes", token)])

desk = [("13:00", 0), ("13:30", 1), ("13:45", 0), ("14:15", 1), ("14:30", 1), ("14:45", 0), ("15:00", 1), ("15:45", 0)]
print("pushed:", {push("DESK-01.", "2025-03-18T%s:00.000Z" % at, occupancy=value) for at, value in desk})
print("pushed:", push("DESK-01.", 1742302800000, temperature=21, state="ok", on=True, value={"arrivals": 3}))
print("pushed:", push("DESK-01.", 1742306400000, temperature=22.5, state="ok", value={"arrivals": 5}))
print("pushed by nobody:", push("NOBODY-1", 1742302800000, occupancy=9))

stats = "/api/iotnodes/%s/stats" % node["_id"]
print("fields:", done("GET", stats + "/fields", token))
print("raw:", done("GET", stats, token, query={"measurement": "temperature"}))
print("texts:", done("GET", stats, token, query={"measurement": "state", "limit": 1}))
print("interval:", done("GET", stats, token, query={"measurement": "temperature", "distance": 3600}))
for function in ("mean", "timeWeightedMean", "max", "min", "first", "last", "sum", "count", "difference"):
    rows = done("GET", stats, token, query={"measurement": "occupancy", "distance": 3600, "valueFunction": function})
    print(function + ":", [row["value"] for row in rows], rows[0]["time"])

end = 1742313600000
pages = []
while True:  # backwards, as the vendor's example pages
    page = done("GET", stats, token, query={"measurement": "occupancy", "end": end, "limit": 3})
    if not page:
        break
    pages.append(len(page))
    end = page[0]["time"]
print("pages:", pages)

table = call("GET", stats, token, query={"measurement": "value_arrivals"}, accept="text/csv")[1]
print("table:", list(csv.reader(io.StringIO(table))))

# A range in ISO 8601, no distance in both ways to say so, and the last two, newest first.
hours = {"measurement": "temperature", "start": "2025-03-18T14:00:00+01:00", "end": "2025-03-18T14:00:00.001Z"}
for more in ({"distance": 0}, {"distance": ""}, {"order": "desc", "limit": 2}):
    print("range:", [row["value"] for row in done("GET", stats, token, query=dict(hours, **more))])

# A node known by its EUI to whoever has its secret, or a token; what it forgets to say, it says again.
done("PUT", "/api/iotnodes/" + node["_id"], token, {"devEui": "0018B20000000099"})
for said in ({"secret": "DESK-01."}, {}):
    values = dict(said, devEui="0018B20000000099", temperature=23, timestamp="2025-03-18T16:00:00+01:00")
    print("by its EUI:", call("POST", "/http-push/generic", token if not said else None, values, {"identifier": "devEui"})[0])
print("once:", done("GET", stats, token, query=dict(hours, end="2025-03-18T23:00:00Z", distance=3600, valueFunction="count")))

node = done("PUT", "/api/iotnodes/" + node["_id"], token, {"retentionPolicy": "retention30days"})
print("policy:", node["retentionPolicy"], done("GET", stats + "/fields", token))
done("PUT", "/api/iotnodes/" + node["_id"], token, {"retentionPolicy": "retentionForever"})
print("again:", done("GET", stats + "/fields", token))

print("no token:", *call("GET", stats, query={"measurement": "occupancy"}))
print("bad token:", *call("GET", stats, "not-a-token", query={"measurement": "occupancy"}))
print("no measurement:", *call("GET", stats, token))
print("no node:", *call("GET", "/api/iotnodes/def456/stats", token, query={"measurement": "occupancy"}))
