"""Works with Connio's own SDK for Python as its README shows: an account, a profile
with a property, devices, an app, an api client, values in and out, pages. The
arguments are the address and the id and the secret of a user's key."""

import sys

from connio.base.exceptions import ConnioRestException
from connio.rest import Client

client = Client(username=sys.argv[2], password=sys.argv[3], host=sys.argv[1])

master = client.accounts.get().fetch()
print("account:", master.name, master.status)

compressor = client.account.deviceprofiles.create(
    name="Compressor", friendly_name="Compressor Machine", base_profile="ConnectedDevice", description="Industrial compressor",
    tags=["test"], device_class="compressor", product_name="Logika101", vendor_name="Dalgakiran")
print("profile:", compressor.name)
for name, kind, access in [("temperature", "number", "protected"), ("StationCode", "number", "public"), ("active", "enum", "public")]:
    made = client.account.properties(compressor.id).create(
        name=name, friendly_name=name, description=name, tags=["temp"], data_type=kind, access_type=access, publish_type="always")
    print("property:", made.qualified_name, made.data_type, made.access_type, made.owner_id == compressor.id)
print("properties:", [p.name for p in client.account.properties(compressor.id).stream()])

for i in range(1, 10):
    device = client.account.devices.create(name="Device.{}".format(i), profile="compressor")
print("devices:", sorted(d.name for d in client.account.devices.stream()), len(list(client.account.devices.stream(page_size=2))))
bulk = client.account.devices.create_bulk([{"name": "Device.10", "profile": "compressor"}, {"name": "Device.11", "profile": "compressor"}])
print("bulk:", [d["name"] for d in bulk])

named = client.account.devices("Device.1")
print("by id:", client.account.devices(device.id).fetch().name, "by name:", named.fetch().name, named.fetch().status)
print("insert:", named.insert_property_value({"StationCode": 15, "active": "---"}), named.insert_property_value({"temperature": 20, "nosuch": 1}))
print("state:", named.state())
found = named.read_property_historical("active", {})
print("all:", found["sampleSize"], [v["v"] for v in found["results"][0]["values"]], found["results"][0]["groupBy"])
newest = named.read_property_historical("StationCode", {"limit": 1, "order": "desc"})
print("newest:", newest["sampleSize"], newest["results"][0]["values"][0]["v"], newest["results"][0]["ref"]["qname"])
print("update:", named.update(friendly_name="FORMULA").friendly_name)

app = client.account.apps.create(name="SampleApp", profile="Sample", friendly_name="My first app", description="The first sample app", tags=["test"])
print("app:", app.name, client.account.apps("SampleApp").insert_property_value({"DownTime": 3}), client.account.apps(app.id).state())
reader = client.account.apiclients.create(
    name="ProvisioningClient", friendly_name="Provisioning Key", description="An API Client for device provisioning",
    tags=["provisioning"], context={"type": "account", "ids": [master.id]}, scope=["device:read"])
key = reader.apikey.regen()
print("key:", key.scope, key.context["type"], key.rate_limit)
other = Client(username=key.id, password=key.secret, host=sys.argv[1])
print("reader:", len(list(other.account.devices.stream())))
try:
    other.account.devices("Device.1").read_property_historical("active", {})
except ConnioRestException as error:
    print("refused:", error.status, error.code)
try:
    client.account.devices("nobody").fetch()
except ConnioRestException as error:
    print("refused:", error.status, error.code)
