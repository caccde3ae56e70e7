"""Provisions a thermostat at Connio's API, writes with the device's key, reads with
an api client's, and replaces a key, by the pages "Writing Device Data", "Querying
Historical Data", "API Keys" and "Basics" of the vendor's documentation. The
arguments are the API's URL and the id and the secret of a user's key. It needs
nothing but Python."""

import base64
import json
import sys
import urllib.error
import urllib.request

URL, USER = sys.argv[1], (sys.argv[2], sys.argv[3])


def call(key, method, path, body=None):
    """Sends a request with a key and answers the status and the JSON of the body."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data, method=method)
    request.add_header("Authorization", "Basic " + base64.b64encode(":".join(key).encode()).decode())
    if data is not None:
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def done(key, method, path, body=None):
    """Is the JSON of the answer to a request that succeeds."""
    status, answer = call(key, method, path, body)
    if status != 200:
        sys.exit("%s %s: %d %s" % (method, path, status, answer))
    return answer


def key_of(answer):
    """Is the pair that a key's owner logs in with."""
    return answer["id"], answer["secret"]


# The documented first call.
print("account:", done(USER, "GET", "/accounts/_this_")["status"])

# A profile with properties, a device of it, and a client that may read and write.
done(USER, "POST", "/deviceprofiles", {"name": "Thermostat"})
for prop in [
    {"name": "Temperature", "type": "number", "access": "protected", "boundaries": {"min": -25.5, "max": 65.5}},
    {"name": "SetPoint", "type": "number", "access": "public"},
    {"name": "Heating", "type": "boolean", "access": "protected"},
    {"name": "Pin", "type": "string", "access": "private"},
]:
    done(USER, "POST", "/deviceprofiles/thermostat/properties", prop)
thermostat = {"name": "thermostat.1", "friendlyName": "Hall", "profile": "Thermostat", "customIds": {"sn": "SN-001"}}
device = done(USER, "POST", "/devices", thermostat)
print("device:", device["name"], device["friendlyName"], device["status"], device["customIds"]["sn"])
DEVICE = key_of(done(USER, "POST", "/devices/SN-001/apikey"))
scope = ["device:read", "device:read-data", "device:write-data"]
client = done(USER, "POST", "/apiclients", {"name": "hall", "context": {"type": "device", "ids": [device["id"]]}, "scope": scope})
CLIENT = key_of(done(USER, "POST", "/apiclients/%s/apikey" % client["id"]))
print("devices:", done(CLIENT, "GET", "/devices")["total"])

# The device writes in all shapes.
feed = {"ann": {"cusId": "C3434"}, "tags": ["test"], "t": "2017-05-01T14:00:37.645Z",
        "dps": [{"tt": -70, "v": 23.45}, {"v": 23.65}, {"tt": 130, "v": 24.01}, {"tt": 240, "v": 99}]}
print("optimised:", done(DEVICE, "POST", "/data/devices/_this_/properties/temperature", feed))
feed = {"dps": [{"t": "2017-05-01T15:00:00Z", "v": 20, "prop": "temperature"}, {"t": "2017-05-01T15:00:00", "v": 21, "prop": "temperature"},
                {"t": "2017-05-01T15:00:00Z", "v": True, "prop": "heating"}]}
print("several:", done(DEVICE, "POST", "/data/properties", feed))
print("values:", done(DEVICE, "POST", "/data/devices/_this_", {"setpoint": 21, "pin": "0000", "nosuch": 1}))

# The client reads what the device has written, and sends it a command.
query = {"startAbsolute": "2017-05-01T00:00:00Z", "endAbsolute": "2017-05-02T00:00:00Z"}
found = done(CLIENT, "POST", "/data/devices/thermostat.1/properties/temperature/query", query)
result = found["results"][0]
print("points:", found["sampleSize"], [(v["t"], v["v"]) for v in result["values"]], result["ref"]["qname"], result["attributes"])
query["aggregators"] = [{"name": "avg", "sampling": {"value": 1, "unit": "hours"}, "alignSampling": True, "alignStartTime": True}]
found = done(CLIENT, "POST", "/data/devices/thermostat.1/properties/temperature/query", query)
print("averages:", [(v["t"], round(v["v"], 6)) for v in found["results"][0]["values"]])
newest = done(CLIENT, "GET", "/data/devices/thermostat.1/properties/heating?order=desc&limit=1")
print("newest:", newest["results"][0]["values"])
print("command:", done(CLIENT, "POST", "/data/devices/thermostat.1/properties/setpoint", {"dps": [{"v": 22}]}))
latest = done(CLIENT, "GET", "/data/devices/thermostat.1")
print("latest:", sorted((name.lower(), value) for name, value in latest.items()))
print("of the device:", sorted(name.lower() for name in done(DEVICE, "GET", "/data")))

# What must not be is told in one shape.
for key, method, path, body in [
    (CLIENT, "POST", "/data/devices/thermostat.1/properties/temperature", {"dps": []}),
    (CLIENT, "GET", "/data/devices/thermostat.1/properties/pin", None),
    (CLIENT, "GET", "/data/devices/other", None),
    (DEVICE, "POST", "/data/properties/nosuch", {"dps": []}),
    (DEVICE, "POST", "/data/properties/temperature", {"points": []}),
    (USER, "DELETE", "/deviceprofiles/thermostat", None),
]:
    status, answer = call(key, method, path, body)
    print("%s %s: %d %s" % (method, path, status, answer[0]["code"]))

# A key that has been regenerated takes the place of the old one at once.
OLD, DEVICE = DEVICE, key_of(done(USER, "POST", "/devices/%s/apikey" % device["id"]))
print("old key:", call(OLD, "GET", "/data")[0], "new key:", call(DEVICE, "GET", "/data")[0])
print("deleted:", done(USER, "POST", "/devices/thermostat.1?_method=DELETE"), call(DEVICE, "GET", "/data")[0])
