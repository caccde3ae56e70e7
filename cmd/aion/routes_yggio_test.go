package main

import "strings"

// yggioVisits are the rows of Yggio's routes. The columns are
// blank reader writer device devadmin app gdevice viewer member guest gadmin admin root.
func yggioVisits() []visit {
	const (
		reads   = "403 200 403 200 200 200 200 200 200 200 200 200 200"
		writes  = "403 403 200 200 200 200 200 403 200 200 200 200 200"
		sees    = "403 403 403 200 200 200 200 200 200 200 200 200 200"
		changes = "403 403 403 200 200 200 200 403 200 200 200 200 200"
		makes   = "403 403 403 403 403 403 403 403 201 201 201 201 201"
		node    = "/api/iotnodes/"
	)
	return []visit{
		{"GET /api/iotnodes", "", "", sees, `"name":"OWN name"`},
		{"POST /api/iotnodes", "", `{"name":"zz"}`, makes, `"name":"zz"`},
		{"GET /api/iotnodes/:id", node + "OWN", "", sees, `"name":"OWN name"`},
		{"GET /api/iotnodes/:id", node + "FOREIGN", "", everybody("404"), ""},
		{"PUT /api/iotnodes/:id", node + "OWN", `{"description":"zz","zz":1}`, changes, `"description":"zz"`},
		{"PUT /api/iotnodes/:id", node + "FOREIGN", `{"description":"zz","zz":1}`, everybody("404"), ""},
		{"GET /api/iotnodes/:id/stats", node + "OWN/stats?measurement=shared", "", reads, `"OWN-text"`},
		{"GET /api/iotnodes/:id/stats", node + "FOREIGN/stats?measurement=shared", "", everybody("404"), ""},
		{"GET /api/iotnodes/:id/stats/fields", node + "OWN/stats/fields", "", reads, `"OWN-metric"`},
		{"GET /api/iotnodes/:id/stats/fields", node + "FOREIGN/stats/fields", "", everybody("404"), ""},
		{"POST /http-push/generic", "/http-push/generic?identifier=id", `{"id":"OWN","zz":1}`, writes, "OK"},
		{"POST /http-push/generic", "/http-push/generic?identifier=id", `{"id":"FOREIGN","zz":1}`, everybody("404"), ""},
		{"POST /api/auth/local", "", `{"username":"OWN","password":"FOREIGN"}`, everybody("401"), ""},
	}
}

// yggioRefuses is the status with which Yggio refuses a token that is not valid, on
// its own paths.
func yggioRefuses(path, credentials string, status int) bool {
	own := strings.HasPrefix(path, "/api/iotnodes") || strings.HasPrefix(path, "/http-push")
	return own && strings.HasPrefix(credentials, "Bearer") && status == 422
}
