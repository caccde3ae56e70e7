package main

import "strings"

// connioVisits are the rows of the calls of Connio's API that read. The columns are
// blank reader writer device devadmin app gdevice viewer member guest gadmin admin root.
func connioVisits() []visit {
	const (
		reads   = "401 200 401 200 200 200 200 200 200 200 200 200 200"
		runs    = "401 401 401 503 503 503 503 401 503 503 503 503 503"
		foreign = "404 404 404 401 401 401 401 404 404 404 404 404 404"
		ofApp   = "401 401 401 401 401 200 401 200 200 404 404 200 200"
		runsApp = "401 401 401 401 401 503 401 401 503 404 404 503 503"
		nobody  = "404 404 404 401 401 401 401 404 404 404 404 404 404" // these keys are no device's
	)
	var all []visit
	for _, v := range []struct{ method, rest, path, body, shows string }{
		{"POST", "/properties/{property}/query", "/properties/shared/query", `{}`, "-text"},
		{"POST", "/properties/{property}", "/properties/shared", `{"order":"desc"}`, "-text"},
		{"GET", "/properties/{property}", "/properties/shared?limit=10", "", "-text"},
		{"GET", "", "", "", `"shared":`},
		{"GET", "/state", "/state", "", `"mostRecent"`},
		{"GET", "/methods/{method}", "/methods/m", "", ""},
		{"POST", "/methods/{method}", "/methods/m", "{}", ""},
		{"PUT", "/methods/{method}", "/methods/m", "{}", ""},
	} {
		device, app := reads, ofApp
		if strings.HasPrefix(v.rest, "/methods") {
			device, app = runs, runsApp
		}
		data := v.method + " /v3/data"
		all = append(all,
			visit{data + "/devices/{device}" + v.rest, "/v3/data/devices/OWN" + v.path, v.body, device, v.shows},
			visit{data + "/devices/{device}" + v.rest, "/v3/data/devices/FOREIGN" + v.path, v.body, foreign, ""},
			visit{data + "/apps/{app}" + v.rest, "/v3/data/apps/" + homeApp + v.path, v.body, app, v.shows},
			visit{data + v.rest, "/v3/data" + v.path, v.body, nobody, ""},
		)
	}
	return append(all,
		visit{"POST /v3/data/devices/{device}/properties/{property}/query", "/v3/data/devices/OWN%20name/properties/OWN-metric/query", `{"limit":1}`, reads, "OWN"},
		visit{"POST /v3/data/devices/{device}/properties/{property}/query", "/v3/data/devices/OWN/properties/FOREIGN-metric/query", `{}`, everybody("404"), ""},
		visit{"GET /v3/nothing", "", "", everybody("404"), ""},
	)
}
