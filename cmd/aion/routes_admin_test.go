package main

// adminVisits are the rows of the operator's routes, in the columns of
// kairosdbVisits. OURKEY and THEIRKEY are keys of the two organizations.
func adminVisits() []visit {
	const (
		at     = "/api/admin/v1"
		reads  = "403 403 403 200 200 200 200 200 200 200 200 200 200"
		wholes = "403 403 403 403 403 403 403 200 200 200 200 200 200"
		admins = "403 403 403 403 403 403 403 403 403 403 200 200 200"
		made   = "403 403 403 403 403 403 403 403 403 403 201 201 201"
		ours   = "403 403 403 403 403 403 403 403 403 403 404 200 200" // the home organization's
		theirs = "403 403 403 403 403 403 403 403 403 403 200 404 200" // the other's
		none   = "403 403 403 403 403 403 403 403 403 403 404 404 404"
	)
	return []visit{
		{"GET " + at + "/keys", "", "", admins, "keys"},
		{"POST " + at + "/keys", "", `{"name":"made","scope":["device:read-data"]}`, made, "secret"},
		{"POST " + at + "/keys", "", `{"name":"made","role":"root"}`, "403 403 403 403 403 403 403 403 403 403 403 403 201", "secret"},
		{"POST " + at + "/keys", "", `{"name":"made","organization":"acme"}`, "403 403 403 403 403 403 403 403 403 403 201 404 201", "secret"},
		{"POST " + at + "/keys/import", "", `[{"id":"imported","secret":"0123456789abcdef0123456789abcdef"}]`, admins, ""},
		{"GET " + at + "/keys/:id", at + "/keys/OURKEY", "", ours, homeAll},
		{"GET " + at + "/keys/:id", at + "/keys/THEIRKEY", "", theirs, acmeAll},
		{"PATCH " + at + "/keys/:id", at + "/keys/OURKEY", `{"name":"changed"}`, ours, ""},
		{"PATCH " + at + "/keys/:id", at + "/keys/THEIRKEY", `{"name":"changed"}`, theirs, ""},
		{"POST " + at + "/keys/:id/rotate", at + "/keys/THEIRKEY/rotate", "", theirs, "secret"},
		{"POST " + at + "/keys/:id/revoke", at + "/keys/THEIRKEY/revoke", "", theirs, "revoked"},
		{"DELETE " + at + "/keys/:id", at + "/keys/THEIRKEY", "", theirs, "revoked"},

		{"GET " + at + "/users", "", "", admins, "users"},
		{"POST " + at + "/users", "", `{"name":"made","password":"a long pass word"}`, made, "made"},
		{"GET " + at + "/users/:name", at + "/users/" + homeAll, "", ours, homeAll},
		{"GET " + at + "/users/:name", at + "/users/" + acmeAll, "", theirs, acmeAll},
		{"PUT " + at + "/users/:name/password", at + "/users/" + acmeAll + "/password", `{"password":"another long pass word"}`, theirs, ""},
		{"DELETE " + at + "/users/:name", at + "/users/" + acmeAll, "", theirs, ""},

		{"GET " + at + "/organizations", "", "", admins, "organizations"},
		{"POST " + at + "/organizations", "", `{"id":"third"}`, "403 403 403 403 403 403 403 403 403 403 403 403 201", "third"},
		{"GET " + at + "/organizations/:id", at + "/organizations/home", "", ours, "home"},
		{"GET " + at + "/organizations/:id", at + "/organizations/acme", "", theirs, "acme"},
		{"PATCH " + at + "/organizations/:id", at + "/organizations/acme", `{"name":"changed"}`, "403 403 403 403 403 403 403 403 403 403 403 404 200", "changed"},
		{"DELETE " + at + "/organizations/:id", at + "/organizations/acme", "", "403 403 403 403 403 403 403 403 403 403 403 403 409", ""},
		{"DELETE " + at + "/organizations/:id", at + "/organizations/acme?data=true", "", "403 403 403 403 403 403 403 403 403 403 403 403 200", "deleted"},
		{"GET " + at + "/audit", "", "", admins, ""},

		{"GET " + at + "/devices", "", "", reads, "OWN"},
		{"GET " + at + "/devices", at + "/devices?organization=acme", "", "403 403 403 404 404 404 200 404 404 200 200 404 200", acmeG1},
		{"POST " + at + "/devices", "", `{"id":"made"}`, made, "made"},
		{"POST " + at + "/devices/discover", "", "", admins, "created"},
		{"GET " + at + "/devices/:ref", at + "/devices/OWN", "", reads, "OWN"},
		{"GET " + at + "/devices/:ref", at + "/devices/FOREIGN", "", "403 403 403 404 404 404 404 404 404 404 404 404 404", ""},
		{"PATCH " + at + "/devices/:ref", at + "/devices/OWN", `{"name":"changed"}`, admins, ""},
		{"PATCH " + at + "/devices/:ref", at + "/devices/FOREIGN", `{"name":"changed"}`, none, ""},
		{"DELETE " + at + "/devices/:ref", at + "/devices/OWN?data=true", "", admins, ""},
		{"DELETE " + at + "/devices/:ref", at + "/devices/FOREIGN?data=true", "", none, ""},
		{"PUT " + at + "/devices/:ref/aliases/:alias", at + "/devices/OWN/aliases/alias", "", admins, ""},
		{"PUT " + at + "/devices/:ref/aliases/:alias", at + "/devices/FOREIGN/aliases/alias", "", none, ""},
		{"DELETE " + at + "/devices/:ref/aliases/:alias", at + "/devices/FOREIGN/aliases/alias", "", none, ""},

		{"GET " + at + "/profiles", "", "", wholes, "profiles"},
		{"POST " + at + "/profiles", "", `{"name":"made"}`, made, ""},
		{"GET " + at + "/profiles/:id", at + "/profiles/" + homeAll, "", "403 403 403 404 404 404 404 200 200 404 404 200 200", homeAll},
		{"PATCH " + at + "/profiles/:id", at + "/profiles/" + homeAll, `{}`, ours, ""},
		{"DELETE " + at + "/profiles/:id", at + "/profiles/" + homeAll, "", ours, ""},

		{"GET " + at + "/apps", "", "", wholes, "apps"},
		{"POST " + at + "/apps", "", `{"id":"made"}`, made, ""},
		{"GET " + at + "/apps/:id", at + "/apps/" + homeApp, "", "403 403 403 404 404 200 404 200 200 404 404 200 200", homeApp},
		{"PATCH " + at + "/apps/:id", at + "/apps/" + homeApp, `{"name":"changed"}`, ours, ""},
		{"DELETE " + at + "/apps/:id", at + "/apps/" + homeApp, "", ours, ""},

		{"POST " + at + "/provision", "", `{"organizations":[{"id":"third"}]}`, "403 403 403 403 403 403 403 403 403 403 400 400 200", "changes"},
		{"POST " + at + "/provision", "", `{"keys":[{"organization":"acme","role":"member"}]}`, "403 403 403 403 403 403 403 403 403 403 200 400 200", "changes"},
	}
}
