package main

import "strings"

// connioWriteVisits are the rows of the calls of Connio's API that write data, and
// of those about entities, in the columns of connioVisits.
func connioWriteVisits() []visit {
	const (
		writes  = "401 401 200 200 200 200 200 401 200 200 200 200 200"
		foreign = "404 404 404 401 401 401 401 404 404 404 404 404 404"
		ofApp   = "401 401 401 401 401 200 401 401 200 404 404 200 200"
		nobody  = "404 404 404 401 401 401 401 404 404 404 404 404 404" // these keys are no device's
	)
	var all []visit
	for _, v := range []struct{ rest, path, body, shows string }{
		{"/properties/{property}", "/properties/shared", `{"dps":[{"v":1}]}`, `{"accepted":1,"rejected":0}`},
		{"/properties", "/properties", `{"dps":[{"v":1,"prop":"shared"}]}`, `{"accepted":1,"rejected":0}`},
		{"", "", `{"shared":1}`, `{"accepted":1,"rejected":0}`},
	} {
		all = append(all,
			visit{"POST /v3/data/devices/{device}" + v.rest, "/v3/data/devices/OWN" + v.path, v.body, writes, v.shows},
			visit{"POST /v3/data/devices/{device}" + v.rest, "/v3/data/devices/FOREIGN" + v.path, v.body, foreign, ""},
			visit{"POST /v3/data/apps/{app}" + v.rest, "/v3/data/apps/" + homeApp + v.path, v.body, ofApp, ""},
			visit{"POST /v3/data" + v.rest, "/v3/data" + v.path, v.body, nobody, ""},
		)
	}
	return append(all, connioEntityVisits()...)
}

// connioEntityVisits are the rows of the calls about entities.
func connioEntityVisits() []visit {
	const (
		sees     = "401 401 401 200 200 200 200 200 200 200 200 200 200"
		foreign  = "404 404 404 401 401 401 401 404 404 404 404 404 404"
		accounts = "401 401 401 401 401 401 401 200 200 200 200 200 200"
		members  = "401 401 401 401 401 401 401 401 200 200 200 200 200"
		admins   = "401 401 401 401 401 401 401 401 401 401 200 200 200"
		none     = "401 401 401 401 401 401 401 401 401 401 404 404 404"
	)
	return []visit{
		{"GET /v3/accounts/{account}", "/v3/accounts/_this_", "", accounts, "_acc_"},
		{"GET /v3/accounts/{account}", "/v3/accounts/none", "", strings.ReplaceAll(accounts, "200", "404"), ""},
		{"GET /v3/devices", "", "", sees, "OWN"},
		{"POST /v3/devices", "", `{"name":"made"}`, members, "secret"},
		{"POST /v3/devices/bulk", "", `[{"name":"made"}]`, members, "secret"},
		{"GET /v3/devices/{device}", "/v3/devices/OWN", "", sees, "OWN"},
		{"GET /v3/devices/{device}", "/v3/devices/FOREIGN", "", foreign, ""},
		{"PUT /v3/devices/{device}", "/v3/devices/OWN", `{"description":"x"}`, "401 401 401 200 200 200 200 401 200 200 200 200 200", "OWN"},
		{"PUT /v3/devices/{device}", "/v3/devices/FOREIGN", `{}`, foreign, ""},
		{"DELETE /v3/devices/{device}", "/v3/devices/OWN", "", admins, "nrOfItems"},
		{"GET /v3/devices/{device}/properties", "/v3/devices/OWN/properties", "", sees, "results"},
		{"GET /v3/devices/{device}/properties", "/v3/devices/FOREIGN/properties", "", foreign, ""},
		{"GET /v3/devices/{device}/apikey", "/v3/devices/FOREIGN/apikey", "", foreign, ""},
		{"POST /v3/devices/{device}/apikey", "/v3/devices/OWN/apikey", "", "401 401 401 401 401 401 401 401 401 401 200 200 200", "secret"},
		{"POST /v3/devices/{device}/apikey", "/v3/devices/FOREIGN/apikey", "", foreign, ""},
		{"PUT /v3/devices/{device}/apikey", "/v3/devices/FOREIGN/apikey", `{"scope":[]}`, foreign, ""},

		{"GET /v3/deviceprofiles", "", "", accounts, "results"},
		{"POST /v3/deviceprofiles", "", `{"name":"made"}`, admins, "made"},
		{"GET /v3/deviceprofiles/{profile}", "/v3/deviceprofiles/none", "", strings.ReplaceAll(accounts, "200", "404"), ""},
		{"PUT /v3/deviceprofiles/{profile}", "/v3/deviceprofiles/none", `{}`, none, ""},
		{"DELETE /v3/deviceprofiles/{profile}", "/v3/deviceprofiles/none", "", admins, "nrOfItems"},
		{"GET /v3/deviceprofiles/{profile}/properties", "/v3/deviceprofiles/none/properties", "", strings.ReplaceAll(accounts, "200", "404"), ""},
		{"POST /v3/deviceprofiles/{profile}/properties", "/v3/deviceprofiles/none/properties", `{"name":"x"}`, none, ""},
		{"GET /v3/deviceprofiles/{profile}/properties/{property}", "/v3/deviceprofiles/none/properties/x", "", strings.ReplaceAll(accounts, "200", "404"), ""},
		{"PUT /v3/deviceprofiles/{profile}/properties/{property}", "/v3/deviceprofiles/none/properties/x", `{}`, none, ""},
		{"DELETE /v3/deviceprofiles/{profile}/properties/{property}", "/v3/deviceprofiles/none/properties/x", "", admins, "nrOfItems"},
		{"GET /v3/properties", "", "", accounts, "results"},
		{"POST /v3/properties", "", `{"name":"x","ownerId":"none"}`, strings.ReplaceAll(none, "404", "400"), ""},
		{"GET /v3/properties/{property}", "/v3/properties/_prp_none", "", strings.ReplaceAll(accounts, "200", "404"), ""},
		{"PUT /v3/properties/{property}", "/v3/properties/_prp_none", `{}`, none, ""},
		{"DELETE /v3/properties/{property}", "/v3/properties/_prp_none", "", admins, "nrOfItems"},

		{"GET /v3/apps", "", "", accounts, "results"},
		{"POST /v3/apps", "", `{"name":"made"}`, members, "made"},
		{"GET /v3/apps/{app}", "/v3/apps/" + homeApp, "", "401 401 401 401 401 200 401 200 200 404 404 200 200", homeApp},
		{"PUT /v3/apps/{app}", "/v3/apps/" + homeApp, `{}`, "401 401 401 401 401 200 401 401 200 404 404 200 200", homeApp},
		{"DELETE /v3/apps/{app}", "/v3/apps/" + homeApp, "", admins, "nrOfItems"},
		{"GET /v3/apps/{app}/properties", "/v3/apps/" + homeApp + "/properties", "", "401 401 401 401 401 200 401 200 200 404 404 200 200", "results"},

		{"GET /v3/apiclients", "", "", accounts, "results"},
		{"POST /v3/apiclients", "", `{"name":"made"}`, admins, "secret"},
		{"GET /v3/apiclients/{client}", "/v3/apiclients/none", "", strings.ReplaceAll(accounts, "200", "404"), ""},
		{"PUT /v3/apiclients/{client}", "/v3/apiclients/none", `{}`, none, ""},
		{"DELETE /v3/apiclients/{client}", "/v3/apiclients/none", "", admins, "nrOfItems"},
		{"GET /v3/apiclients/{client}/apikey", "/v3/apiclients/none/apikey", "", strings.ReplaceAll(accounts, "200", "404"), ""},
		{"POST /v3/apiclients/{client}/apikey", "/v3/apiclients/none/apikey", "", none, ""},
		{"PUT /v3/apiclients/{client}/apikey", "/v3/apiclients/none/apikey", `{}`, none, ""},
		{"GET /v3/users", "", "", accounts, "results"},
		{"GET /v3/users/{user}", "/v3/users/none", "", strings.ReplaceAll(accounts, "200", "404"), ""},
		{"GET /v3/users/{user}/apikey", "/v3/users/none/apikey", "", strings.ReplaceAll(accounts, "200", "404"), ""},
		{"POST /v3/users/{user}/apikey", "/v3/users/none/apikey", "", none, ""},
		{"PUT /v3/users/{user}/apikey", "/v3/users/none/apikey", `{}`, none, ""},
	}
}
