#!/usr/bin/env python3
"""Writes a day of temperatures, a point a minute, and draws the hourly averages.

Usage: day.py [URL]     (default http://127.0.0.1:8080)
"""
import json
import math
import sys
import time
import urllib.request

url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"


def post(path, body):
    """Posts body as JSON and returns the answer, which may be empty."""
    request = urllib.request.Request(url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        return json.loads(response.read() or "null")


hour = 3_600_000
start = int(time.time() * 1000) // hour * hour - 24 * hour
points = [[start + minute * 60_000, round(18 - 5 * math.cos(minute / 1440 * 2 * math.pi), 2)] for minute in range(1440)]

post("/api/v1/datapoints", [{"name": "room.temperature", "tags": {"room": "study"}, "datapoints": points}])

answer = post("/api/v1/datapoints/query", {
    "start_absolute": start,
    "end_absolute": start + 24 * hour - 1,
    "metrics": [{
        "name": "room.temperature",
        "tags": {"room": ["study"]},
        "aggregators": [{"name": "avg", "sampling": {"value": 1, "unit": "hours"}, "align_sampling": True}],
    }],
})

for at, average in answer["queries"][0]["results"][0]["values"]:
    print(time.strftime("%H:%M", time.gmtime(at / 1000)), f"{average:5.1f}", "#" * round(2 * average))
