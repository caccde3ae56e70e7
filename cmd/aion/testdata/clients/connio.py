"""Provisions a thermostat at Connio's API, writes with the device's key, reads with
an api client's, and replaces a key, by the pages "Writing Device Data", "Reading
Device Data", "Querying Historical Data", "Properties", "Apps", "API Keys" and "Basics" of the vendor's documentation. The
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

# Groups, the state, and how much the device may send.
query = {"startAbsolute": "2017-05-01T00:00:00Z", "endAbsolute": "2017-05-03T00:00:00Z", "excludeTags": True,
         "groupBy": [{"name": "time", "groupCount": "24", "rangeSize": {"value": "1", "unit": "hours"}}, {"name": "bin", "bins": ["20", "23.5"]}]}
found = done(CLIENT, "POST", "/data/devices/thermostat.1/properties/temperature/query", query)
print("groups:", [(group["groupBy"][1]["GroupByTime"]["group"], group["groupBy"][2]["GroupByBins"]["group"], len(group["values"])) for group in found["results"]])
state = done(DEVICE, "GET", "/data/devices/_this_/state?meta=false")
print("state:", state["header"]["ingestion"], [(p["ref"]["qname"], p["value"]["mostRecent"], p["stats"]) for p in state["properties"] if "temp" in p["ref"]["qname"]])
print("bare:", sorted(done(DEVICE, "GET", "/data/devices/_this_/state?header=false&meta=false&stats=false")["properties"][0]))

# Properties with limits of each type, two devices at once, and an app of one of them.
for prop, values in [
    ({"name": "Phase", "type": "enum", "boundaries": {"enum": {"set": ["start", "stop", "pause"]}}}, ["start", "halt"]),
    ({"name": "Trip", "type": "waypoint", "boundaries": {"lat": 34.7587, "lon": 49.9999, "radius": 50, "inside": True}},
     [{"geo": {"lat": 34.8, "lon": 50.1}}, {"geo": {"lat": 41.03, "lon": 28.62}}]),
    ({"name": "Config", "type": "object", "boundaries": {"size": 16}}, [{"volume": 34}, {"volume": 34, "tone": 1}]),
    ({"name": "Level", "type": "number", "retention": {"type": "historical", "lifetime": "12months", "capacity": 3000000,
                                                       "condition": {"when": "changedx", "value": 41}}}, [10, 12]),
]:
    done(USER, "POST", "/deviceprofiles/thermostat/properties", prop)
    print(prop["name"] + ":", [done(DEVICE, "POST", "/data/devices/_this_", {prop["name"]: value}) for value in values],
          done(DEVICE, "GET", "/data/devices/_this_")[prop["name"]])
made = done(USER, "POST", "/devices", [{"name": "t.2", "profile": "Thermostat"}, {"name": "t.3", "profileId": device["profileId"]}])
page = done(USER, "GET", "/devices?pageSize=2&pageNo=2")
print("more:", [d["name"] for d in made], {name: page[name] for name in page if name != "results"})
print("key of:", made[0]["apikey"]["ownerId"] == made[0]["id"])
app = done(USER, "POST", "/apps", {"name": "atm-monitor"})
print("in apps:", done(USER, "PUT", "/devices/t.2", {"apps": ["atm-monitor"]})["apps"] == [app["id"]])
print("of the app:", done(USER, "POST", "/data/apps/atm-monitor", {"alarms": 3}), done(USER, "GET", "/data/apps/atm-monitor"))

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
