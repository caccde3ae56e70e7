package connio

import (
	"fmt"
	"strings"
	"testing"

	"aion/api/access"
	"aion/query/fleet"
)

// TestEntities: accounts, devices, profiles, properties and apps are made, shown,
// listed, changed and deleted in Connio's shapes.
func TestEntities(t *testing.T) {
	e := openEstate(t, false)
	account := accountID("")
	tests := []struct {
		method, path, body string
		want               int
		has, lacks         string
	}{
		{"GET", "/accounts/_this_", "", 200, `{"id":"` + account + `","name":"home","friendlyName":"home","plan":{"type":"paid"},"status":"open","locked":false,"dateCreated":null,"dateModified":null}`, ""},
		{"GET", "/accounts/" + account, "", 200, account, ""},
		{"GET", "/accounts/" + strings.ToUpper(account), "", 200, account, ""},
		{"GET", "/devices/_DEV_100000000000000001", "", 200, `"name":"sensor1"`, ""},
		{"GET", "/devices/_DEV_100000000000000007", "", 404, `there is no device \"_DEV_100000000000000007\"`, ""},
		{"GET", "/data/devices/SENSOR1/properties/_PRP_200000000000000001", "", 200, `"ref":{"id":"_prp_200000000000000001"`, ""},
		{"GET", "/properties/_PRP_200000000000000001", "", 200, `"name":"temperature"`, ""},
		{"GET", "/deviceprofiles/mysensor/properties/_PRP_200000000000000001", "", 200, `"name":"temperature"`, ""},
		{"GET", "/deviceprofiles/mysensor/properties/MySensor$Temperature", "", 200, `"name":"temperature"`, ""},
		{"DELETE", "/deviceprofiles/mysensor/properties/other$temperature", "", 200, `{"nrOfItems":0}`, ""},
		{"GET", "/deviceprofiles/mysensor/properties/other$temperature", "", 404, `there is no property \"other$temperature\"`, ""},
		{"GET", "/deviceprofiles/" + strings.ToUpper(profileID("", "MySensor")), "", 200, `"name":"MySensor"`, ""},
		{"GET", "/accounts/other", "", 404, `there is no account \"other\"`, ""},
		{"GET", "/devices?pageSize=2&pageNo=2", "", 200, `{"total":4,"itemCount":2,"numOfPages":2,"pageNo":2,"skip":0,"results":[{"id":"_dev_100000000000000003"`, "sensor1"},
		{"GET", "/devices?pageSize=3&skip=1", "", 200, `{"total":4,"itemCount":2,"numOfPages":2,"pageNo":1,"skip":1,"results":[{"id":"_dev_100000000000000002"`, "sensor1"},
		{"GET", "/devices?pageSize=0", "", 400, `pageSize: got \"0\", want 1 to 1000`, ""},
		{"GET", "/devices?pageNo=x", "", 400, `pageNo: got`, ""},
		{"GET", "/devices?name=SENSOR2", "", 200, `{"total":1,`, "sensor1"},
		{"GET", "/accounts/_this_/devices/sensor1", "", 200, `"name":"sensor1","friendlyName":"sensor1","profileId":"` + profileID("", "MySensor") + `","apps":["_app_100000000000000009"]`, ""},
		{"GET", "/accounts/other/devices/sensor1", "", 404, `Resource not found`, ""},
		{"GET", "/devices/nosuch", "", 404, `there is no device`, ""},
		{"POST", "/devices", `{"name":"fork.1","friendlyName":"Fork","profile":"mysensor","status":"debug","customIds":{"sn":"SN-1"},"period":60,"tags":["a"],"location":{"zone":"z"},"apps":["monitor"]}`, 200, `"name":"fork.1","friendlyName":"Fork"`, ""},
		{"GET", "/devices/SN-1", "", 200, `"status":"debug","period":60,"customIds":{"sn":"SN-1"},"location":{"zone":"z"},"annotateWithLoc":false`, "secret"},
		{"GET", "/devices/fork.1/apikey", "", 200, `"ownerId":"_dev_`, "fork.1"},
		{"POST", "/devices/fork.1/apikey", "", 200, `"context":{"type":"device","ids":["_dev_`, "fork.1"},
		{"PUT", "/devices/fork.1/apikey", `{"scope":["device:read-data"]}`, 200, `"ownerId":"_dev_`, "fork.1"},
		{"GET", "/data/apps/monitor/state", "", 200, `"initiatedAt":"2017-05-02T00:00:00Z"`, "0001-01-01"},
		{"POST", "/devices", `{"name":"FORK.1"}`, 409, `name: another device is called so`, ""},
		{"POST", "/devices", `{"name":7}`, 400, `name: got 7, want a text`, ""},
		{"POST", "/devices", `{"name":"x","status":"off"}`, 400, `status: got \"off\"`, ""},
		{"POST", "/devices", `{"name":"x","profile":"none"}`, 400, `profile: there is no profile`, ""},
		{"POST", "/devices", `{"name":"x","tags":"a"}`, 400, `tags: got`, ""},
		{"POST", "/devices", `{"name":"x","apps":["none"]}`, 400, `apps[0]: there is no app`, ""},
		{"POST", "/devices", `[{"name":"y"},{"name":"y"}]`, 409, `name: another`, ""},
		{"POST", "/devices/bulk", `[{"name":"y1"},{"name":"y2"}]`, 200, `"name":"y2"`, ""},
		{"DELETE", "/devices/y1", "", 200, `{"nrOfItems":1}`, ""}, {"DELETE", "/devices/y2", "", 200, `{"nrOfItems":1}`, ""},
		{"GET", "/devices/y", "", 404, ``, ""},
		{"POST", "/devices", `{"name":"\u0000"}`, 400, `"cause":"name: got \"\\x00\", want`, ""},
		{"POST", "/devices", `[{"name":"z"},{"name":"` + strings.Repeat("x", 600) + `"}]`, 400, `"cause":"[1].name: it has 600 bytes, and at most 512 are kept"`, ""},
		{"GET", "/devices/z", "", 404, ``, ""},
		{"POST", "/devices", `{`, 400, `body: want an object`, ""},
		{"PUT", "/devices/fork.1", `{"status":"disabled","friendlyName":null,"customIds":{"sn":"SN-2"},"apps":[]}`, 200, `"friendlyName":"fork.1"`, "debug"},
		{"GET", "/devices/SN-1", "", 404, ``, ""},
		{"POST", "/devices/SN-2?_method=PUT", `{"name":"fork.2"}`, 200, `"name":"fork.2"`, ""},
		{"PUT", "/devices/SN-2", `{"name":"sensor1"}`, 409, `name: another`, ""},
		{"GET", "/devices/sensor1/properties", "", 200, `"qualifiedName":"mysensor$temperature","type":"number","access":"public","publish":"never","retention":{"type":"historical","lifetime":"unlimited","condition":{"when":"always"}}`, ""},
		{"DELETE", "/devices/SN-2", "", 200, `{"nrOfItems":1}`, ""},
		{"GET", "/devices/SN-2", "", 404, ``, ""},
		{"POST", "/deviceprofiles", `{"name":"Boiler","properties":[{"name":"Heat","type":"number","boundaries":{"min":1}}]}`, 200, `"name":"Boiler"`, ""},
		{"POST", "/deviceprofiles", `{"name":"boiler"}`, 409, `in use already`, ""},
		{"POST", "/deviceprofiles", `{"name":"boiler$2"}`, 400, `"cause":"name: got \"boiler$2\", want it without $"`, ""},
		{"POST", "/deviceprofiles", `{"name":"b2","properties":[{"name":"x","type":"blob"}]}`, 400, `properties[0].type: values of the type blob`, ""},
		{"GET", "/deviceprofiles/" + profileID("", "Boiler"), "", 200, `"name":"Boiler"`, ""},
		{"GET", "/deviceprofiles", "", 200, `{"total":2,`, ""},
		{"POST", "/deviceprofiles/boiler/properties", `{"name":"mode","type":"enum","access":"protected","retention":{"type":"mostrecent"}}`, 200, `"qualifiedName":"boiler$mode","type":"enum","access":"protected"`, ""},
		{"POST", "/deviceprofiles/boiler/properties", `{"name":"MODE"}`, 409, `name: there is`, ""},
		{"POST", "/deviceprofiles/boiler/properties", `{"name":"f","type":"file"}`, 400, `type: values of the type file`, ""},
		{"POST", "/deviceprofiles/boiler/properties", `{"name":"f","retention":{"lifetime":"3weeks"}}`, 400, `"cause":"retention.lifetime: got`, ""},
		{"POST", "/deviceprofiles/boiler/properties", `{"name":"f","type":"x"}`, 400, `"cause":"type: got \"x\", want one of`, ""},
		{"POST", "/deviceprofiles/boiler/properties", `{"name":"f","access":"open"}`, 400, `"cause":"access: got \"open\", want`, ""},
		{"POST", "/deviceprofiles/boiler/properties", `{"type":"number"}`, 400, `"cause":"name: it is missing"`, ""},
		{"POST", "/deviceprofiles", `{"name":"b2","properties":[{"name":"x"},{"name":"y","type":"x"}]}`, 400, `"cause":"properties[1].type: got`, ""},
		{"PUT", "/deviceprofiles/boiler/properties/heat", `{"retention":{"capacity":-1}}`, 400, `"cause":"retention.capacity: got -1`, ""},

		{"POST", "/deviceprofiles/boiler/properties", `{"name":"f","retention":{"condition":{"when":"changedx","value":0}}}`, 400, `condition.value`, ""},
		{"POST", "/deviceprofiles/boiler/properties", `{"name":"f","retention":{"condition":{"when":"changedx","value":"x"}}}`, 400, `"cause":"retention.condition.value: got \"x\", want a number"`, ""},
		{"POST", "/deviceprofiles/boiler/properties", `{"name":"f","retention":{"condition":{"when":5}}}`, 400, `"cause":"retention.condition.when: got 5, want a text"`, ""},
		{"POST", "/deviceprofiles/boiler/properties", `{"name":"f","retention":{"condition":5}}`, 400, `"cause":"retention.condition: got 5, want an object"`, ""},
		{"POST", "/deviceprofiles/boiler/properties", `{"name":"f","retention":{"type":5}}`, 400, `"cause":"retention.type: got 5, want a text"`, ""},
		{"POST", "/deviceprofiles/boiler/properties", `{"name":"f","retention":{"lifetime":5}}`, 400, `"cause":"retention.lifetime: got 5, want a text"`, ""},
		{"POST", "/deviceprofiles/boiler/properties", `{"name":"f","retention":{"capacity":1.5}}`, 400, `"cause":"retention.capacity: got 1.5, want an integer from 0 on"`, ""},
		{"POST", "/deviceprofiles/boiler/properties", `{"name":"f","retention":[]}`, 400, `"cause":"retention: got [], want an object"`, ""},
		{"POST", "/deviceprofiles/boiler/properties", `{"name":"f","type":"string","retention":{"condition":{"when":"changedx","value":5}}}`, 400, `"cause":"retention.condition.when: changedx is for numbers, and the property's type is string"`, ""},
		{"PUT", "/deviceprofiles/boiler/properties/heat", `{"retention":{"condition":{"when":"changedx","value":5}}}`, 200, `"when":"changedx"`, ""},
		{"PUT", "/deviceprofiles/boiler/properties/heat", `{"type":"string"}`, 400, `"cause":"retention.condition.when: changedx is for numbers, and the property's type is string"`, ""},
		{"PUT", "/deviceprofiles/boiler/properties/heat", `{"retention":{"capacity":5}}`, 200, `"capacity":5`, ""},
		{"POST", "/deviceprofiles/boiler/properties", `{"name":"f","boundaries":{"min":"x"}}`, 400, `boundaries.min: got`, ""},
		{"PUT", "/deviceprofiles/boiler/properties/heat", `{"boundaries":null,"retention":{"capacity":5}}`, 200, `"capacity":5`, "boundaries"},
		{"PUT", "/deviceprofiles/boiler/properties/heat", `{"name":"cold"}`, 400, `name: the name of a property stays`, ""},
		{"GET", "/deviceprofiles/boiler/properties/nosuch", "", 404, `there is no property`, ""},
		{"POST", "/properties?ownerId=BOILER", `{"name":"flow","type":"number"}`, 200, `"qualifiedName":"boiler$flow"`, ""},
		{"POST", "/accounts/_this_/properties", `{"name":"return","ownerId":"` + profileID("", "Boiler") + `"}`, 200, `"qualifiedName":"boiler$return"`, ""},
		{"POST", "/properties", `{"name":"x"}`, 400, `"cause":"ownerId: it is missing"`, ""},
		{"POST", "/properties", `{"name":"x","ownerId":"nobody"}`, 400, `"cause":"ownerId: there is no profile`, ""},
		{"POST", "/properties", `{"name":"FLOW","ownerId":"boiler"}`, 409, `name: there is`, ""},
		{"GET", "/properties?ownerId=boiler", "", 200, `{"total":4,`, "mysensor"},
		{"GET", "/properties?pageSize=5", "", 200, `{"total":22,"itemCount":5,"numOfPages":5,`, ""},
		{"GET", "/properties?ownerId=nobody", "", 404, `there is no profile`, ""},
		{"GET", "/properties/_prp_200000000000000001", "", 200, `"qualifiedName":"mysensor$temperature","type":"number"`, ""},
		{"GET", "/properties/temperature", "", 404, `there is no property`, ""},
		{"PUT", "/properties/_prp_200000000000000001", `{"boundaries":{"min":-300}}`, 200, `"boundaries":{"min":-300}`, ""},
		{"DELETE", "/properties/_prp_nosuch", "", 200, `{"nrOfItems":0}`, ""},
		{"DELETE", "/deviceprofiles/boiler/properties/mode", "", 200, `{"nrOfItems":1}`, ""},
		{"DELETE", "/deviceprofiles/boiler/properties/mode", "", 200, `{"nrOfItems":0}`, ""},
		{"DELETE", "/deviceprofiles/boiler/properties/flow", "", 200, `{"nrOfItems":1}`, ""},
		{"DELETE", "/deviceprofiles/boiler/properties/return", "", 200, `{"nrOfItems":1}`, ""},
		{"GET", "/deviceprofiles/boiler/properties", "", 200, `{"total":1,`, "mode"},
		{"DELETE", "/deviceprofiles/mysensor", "", 409, `in use by device`, ""},
		{"DELETE", "/deviceprofiles/boiler", "", 200, `{"nrOfItems":1}`, ""},
		{"DELETE", "/deviceprofiles/boiler", "", 200, `{"nrOfItems":0}`, ""},
		{"DELETE", "/devices/nosuch", "", 200, `{"nrOfItems":0}`, ""},
		{"DELETE", "/apiclients/nosuch", "", 200, `{"nrOfItems":0}`, ""},
		{"DELETE", "/accounts/other/devices/sensor1", "", 404, `Resource not found`, ""},
		{"POST", "/apps", `{"name":"farm"}`, 200, `"name":"farm","friendlyName":"farm","profileId":null`, ""},
		{"POST", "/apps", `{"name":"FARM"}`, 409, `name: another`, ""},
		{"PUT", "/apps/farm", `{"name":"farm2"}`, 200, `"name":"farm2"`, ""},
		{"GET", "/apps", "", 200, `{"total":2,`, ""},
		{"GET", "/apps/monitor/properties", "", 200, `"name":"alarms"`, ""},
		{"DELETE", "/apps/farm2", "", 200, `{"nrOfItems":1}`, ""},
		{"DELETE", "/apps/farm2", "", 200, `{"nrOfItems":0}`, ""},
		{"GET", "/apps/farm2", "", 404, `there is no app`, ""},
		{"PATCH", "/apps/monitor", "", 404, `Resource not found`, ""},
	}
	for _, tt := range tests {
		status, text := e.ask("admin", tt.method, tt.path, tt.body)
		if status != tt.want || !strings.Contains(text, tt.has) || tt.lacks != "" && strings.Contains(text, tt.lacks) {
			t.Errorf("%s %s %s: got %d %s, want %d with %s and without %s", tt.method, tt.path, tt.body, status, text, tt.want, tt.has, tt.lacks)
		}
	}
}

// TestEntitiesWithin: inside a context only what it lists is shown, and everything
// else is refused in one way.
func TestEntitiesWithin(t *testing.T) {
	e := openEstate(t, false)
	for _, tt := range []struct {
		key, method, path string
		want              int
		has               string
	}{
		{"device", "GET", "/devices", 200, `{"total":1,"itemCount":1`},
		{"device", "GET", "/devices/_this_", 200, `"name":"sensor1"`},
		{"device", "GET", "/devices/sensor2", 401, `not in the context`},
		{"device", "GET", "/devices/nosuch", 401, `not in the context`},
		{"device", "DELETE", "/devices/_this_", 401, `not the account`},
		{"device", "POST", "/devices", 401, `not the account`},
		{"device", "GET", "/deviceprofiles", 401, `not the account`},
		{"device", "GET", "/apiclients", 401, `not the account`},
		{"device", "GET", "/users/x/apikey", 401, `not the account`},
		{"device", "GET", "/accounts/_this_", 401, `not the account`},
		{"device", "GET", "/devices/_this_/properties", 200, `"name":"pin"`},
		{"client", "GET", "/devices/sensor1/apikey", 401, `not the key in use`},
		{"client", "POST", "/devices/sensor1/apikey", 401, `not the key in use`},
		{"client", "GET", "/devices/sensor2/apikey", 401, `not in the context`},
		{"reader", "GET", "/devices", 401, `the scope device:read is required`},
		{"app", "GET", "/devices", 200, `{"total":1,`},
	} {
		status, text := e.ask(tt.key, tt.method, tt.path, `{}`)
		if status != tt.want || !strings.Contains(text, tt.has) {
			t.Errorf("%s: %s %s: got %d %s, want %d with %s", tt.key, tt.method, tt.path, status, text, tt.want, tt.has)
		}
	}
	if _, text := e.ask("client", "GET", "/devices/sensor1/properties", ""); strings.Contains(text, "pin") {
		t.Errorf("got %s, want it without what is private", text)
	}
}

// apikeyAnswer is a key as a client reads it.
type apikeyAnswer struct {
	ID, Secret, OwnerID string
	Scope               []access.Scope
	Context             access.Context
	RateLimit           int
}

// TestApikeys: keys are shown without their secrets, and one that is made anew has
// another id and secret, the same rights, and the place of the old one.
func TestApikeys(t *testing.T) {
	e := openEstate(t, false)
	const feed = `{"temperature":1}`
	var shown, renewed apikeyAnswer
	e.asks("device", "GET", "/devices/_this_/apikey", "", 200, &shown)
	if shown.ID != e.keys["device"].ID || shown.Secret != "" || shown.RateLimit != -1 {
		t.Errorf("got %+v, want the key without its secret", shown)
	}
	e.asks("admin", "POST", "/devices/sensor1/apikey", "", 200, &renewed)
	if renewed.ID == shown.ID || len(renewed.Secret) != 32 || fmt.Sprint(renewed.Scope, renewed.Context) != fmt.Sprint(shown.Scope, shown.Context) {
		t.Errorf("got %+v, want a key like %+v of another id", renewed, shown)
	}
	e.asks("device", "POST", "/data/devices/_this_", feed, 401, nil)
	e.keys["device"] = access.KeyRecord{ID: renewed.ID, Secret: renewed.Secret}
	e.asks("device", "POST", "/data/devices/_this_", feed, 200, nil)
	tests := []struct {
		key, method, path, body string
		want                    int
		has                     string
	}{
		{"device", "POST", "/devices/_this_/apikey?_method=PUT", `{"scope":["device:read-data","view:x"]}`, 200, `"scope":["device:read-data","view:x"]`},
		{"device", "POST", "/data/devices/_this_", feed, 401, `device:write-data`},
		{"admin", "PUT", "/devices/sensor1/apikey", `{"rateLimit":5}`, 400, `rateLimit: `},
		{"admin", "PUT", "/devices/sensor1/apikey", `{"context":{"type":"account"}}`, 400, `context.type: the key of a device`},
		{"admin", "PUT", "/devices/sensor1/apikey", `{"context":{"type":"device","ids":["sensor1","sensor2"]}}`, 400, `context.ids: several`},
		{"admin", "PUT", "/devices/sensor1/apikey", `{"context":{"type":"device","ids":["none"]}}`, 400, `context.ids[0]: there is no device`},
		{"admin", "PUT", "/devices/sensor1/apikey", `{"context":{"type":"device"}}`, 400, `context.ids: they are missing`},
		{"admin", "PUT", "/devices/sensor1/apikey", `{"scope":"x"}`, 400, `scope: got`},
		{"admin", "PUT", "/devices/sensor1/apikey", `{"scope":["device:write-data"]}`, 200, `"scope":["device:write-data"]`},
		{"admin", "GET", "/devices/sensor2/apikey", "", 404, `there is no key of`},
		{"admin", "POST", "/devices/sensor2/apikey", "", 200, `"ids":["_dev_100000000000000002"]},"scope":["device:read","device:read-data","device:write-data","device:execute","device:modify"],"rateLimit":-1`},
		{"admin", "GET", "/users/_usr_500000000000000001/apikey", "", 200, `"context":{"type":"account","ids":["` + accountID("") + `"]},"scope":["account:read",`},
		{"admin", "GET", "/users/nobody/apikey", "", 404, `there is no key of`},
		{"admin", "POST", "/apiclients", `{"name":"reader","friendlyName":"Reads","tags":["t"],"scope":["device:read-data"],"context":{"type":"device","ids":["sensor1"]}}`, 200, `"ids":["_dev_100000000000000001"]}`},
		{"admin", "POST", "/apiclients", `{"name":"READER"}`, 409, `name: another`},
		{"admin", "POST", "/apiclients", `{"context":{"type":"world"}}`, 400, `context.type: got`},
		{"admin", "GET", "/apiclients/reader", "", 200, `"name":"reader","friendlyName":"Reads","tags":["t"],"locked":false`},
		{"admin", "PUT", "/apiclients/reader", `{"friendlyName":null,"name":"reads"}`, 200, `"name":"reads","friendlyName":"reads"`},
		{"admin", "GET", "/apiclients/reads/apikey", "", 200, `"scope":["device:read-data"]`},
		{"admin", "POST", "/accounts/_this_/apiclients/reads/apikey", "", 200, `"secret":"`},
		{"admin", "GET", "/apiclients", "", 200, `{"total":4,`},
		{"admin", "GET", "/apiclients/_api_400000000000000001", "", 200, `"name":"_api_400000000000000001","friendlyName":"_api_400000000000000001"`},
		{"admin", "GET", "/apiclients/_API_400000000000000001", "", 200, `"id":"_api_400000000000000001"`},
		{"admin", "POST", "/apiclients", `{"name":"_API_400000000000000001"}`, 200, `"name":"_API_400000000000000001"`}, // a name goes before an id in another case
		{"admin", "GET", "/apiclients/_API_400000000000000001", "", 200, `"name":"_API_400000000000000001"`},
		{"admin", "GET", "/apiclients/_api_400000000000000001", "", 200, `"id":"_api_400000000000000001"`},
		{"admin", "DELETE", "/apiclients/_API_400000000000000001", "", 200, `{"nrOfItems":1}`},
		{"admin", "GET", "/apiclients/_API_400000000000000001", "", 200, `"id":"_api_400000000000000001"`},
		{"admin", "DELETE", "/apiclients/reads", "", 200, `{"nrOfItems":1}`},
		{"admin", "GET", "/apiclients/reads", "", 404, `there is no api client`},
	}
	for _, tt := range tests {
		status, text := e.ask(tt.key, tt.method, tt.path, tt.body)
		if status != tt.want || !strings.Contains(text, tt.has) {
			t.Errorf("%s %s %s: got %d %s, want %d with %s", tt.method, tt.path, tt.body, status, text, tt.want, tt.has)
		}
	}
}

// TestNobodyGivesMore: who makes keys gives none that may more than his own.
func TestNobodyGivesMore(t *testing.T) {
	e := openEstate(t, false)
	e.key("power", access.KeyRecord{Owner: "_usr_1", Role: access.Admin, Scopes: []access.Scope{createClient, changeClient, access.ReadDevice, access.ChangeDevice}})
	e.key("member", access.KeyRecord{Owner: "_usr_2", Role: access.Member})
	for _, tt := range []struct {
		key, method, path, body string
		want                    int
		has                     string
	}{
		{"power", "POST", "/apiclients", `{"scope":["device:read"]}`, 200, `"secret"`},
		{"power", "POST", "/apiclients", `{"scope":["device:read-data"]}`, 401, `the scope device:read-data`},
		{"power", "POST", "/devices/sensor1/apikey", ``, 401, `the scope device:read-data`},
		{"power", "PUT", "/devices/sensor1/apikey", `{"scope":[]}`, 401, `the scope device:read-data`},
		{"power", "POST", "/apiclients/_api_400000000000000002/apikey", ``, 401, `the scope device:read-data`},
		{"power", "GET", "/apiclients", ``, 401, `apiclient:read`},
		{"member", "POST", "/apiclients", `{"scope":[]}`, 401, `apiclient:create`},
		{"member", "POST", "/users/_usr_500000000000000001/apikey", ``, 401, `user:modify`},
		{"member", "POST", "/devices/sensor1/apikey", ``, 401, `not public`},
		{"member", "POST", "/devices/plain/apikey", ``, 200, `"secret":"`},
	} {
		status, text := e.ask(tt.key, tt.method, tt.path, tt.body)
		if status != tt.want || !strings.Contains(text, tt.has) {
			t.Errorf("%s: %s %s %s: got %d %s, want %d with %s", tt.key, tt.method, tt.path, tt.body, status, text, tt.want, tt.has)
		}
	}
}

// TestNamesBeforeIDs: what is called as the id of something else in another case is
// what a reference means that is written so.
func TestNamesBeforeIDs(t *testing.T) {
	p := fleet.Profile{Name: "P", Properties: []fleet.Property{{ID: "_prp_1", Name: "a"}, {ID: "_prp_2", Name: "_PRP_1"}, {ID: "_PRP_2", Name: "c"}, {ID: "x$y", Name: "d"}}}
	for ref, want := range map[string]int{"_prp_1": 0, "_PRP_1": 1, "_Prp_1": 1, "_prp_2": 1, "_PRP_2": 2, "_Prp_2": 1, "A": 0, "p$_PRP_1": 1, "x$y": 3} {
		if i, err := definedAs(&p, ref); err != nil || i != want {
			t.Errorf("%s: got %d %v, want %d", ref, i, err, want)
		}
	}
}
