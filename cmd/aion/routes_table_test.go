package main

// everybody is the columns where all callers get the same.
func everybody(status string) string {
	all := ""
	for range callers() {
		all += " " + status
	}
	return all
}

// Queries, writes and deletions of the tables.
const (
	askShared  = `{"start_absolute":1,"metrics":[{"name":"shared","group_by":[{"name":"tag","tags":["device"]}]}]}`
	askForeign = `{"start_absolute":1,"metrics":[{"name":"FOREIGN-metric"},{"name":"shared","tags":{"device":["FOREIGN","regex:.*FOREIGN.*"]}}]}`
	saveOwn    = `{"start_absolute":1,"metrics":[{"name":"shared","tags":{"device":"OWN"},"group_by":[{"name":"tag","tags":["device","organization"]}],"aggregators":[{"name":"save_as","metric_name":"saved"}]}]}`
	saveOther  = `{"start_absolute":1,"metrics":[{"name":"shared","tags":{"device":"OWN"},"aggregators":[{"name":"save_as","metric_name":"saved","tags":OTHERTAGS}]}]}`
	putOwn     = `[{"name":"new","timestamp":1,"value":1,"tags":TAGS}]`
	putOther   = `[{"name":"new","timestamp":1,"value":1,"tags":TAGS},{"name":"new","timestamp":1,"value":1,"tags":OTHERTAGS}]`
	putHidden  = `[{"name":"new","timestamp":1,"value":1,"tags":TAGS},{"name":"hidden","timestamp":1,"value":1,"tags":TAGS}]`
	putLocked  = `[{"name":"new","timestamp":1,"value":1,"tags":TAGS},{"name":"locked","timestamp":1,"value":1,"tags":TAGS}]`
	saveHidden = `{"start_absolute":1,"metrics":[{"name":"shared","tags":{"device":"OWN"},"group_by":[{"name":"tag","tags":["device","organization"]}],"aggregators":[{"name":"save_as","metric_name":"hidden"}]}]}`
	askSecret  = `{"start_absolute":1,"metrics":[{"name":"SECRET-pin"},{"name":"hidden"},{"name":"shared","tags":{"profile":["SECRET","regex:.*SECRET.*"]}},{"name":"locked","tags":{"device":"OWN"}}]}`
	dropSecret = `{"start_absolute":0,"metrics":[{"name":"SECRET-pin"},{"name":"hidden"}]}`
	dropLocked = `{"start_absolute":0,"metrics":[{"name":"locked"}]}`
	dropShared = `{"start_absolute":0,"metrics":[{"name":"shared"},{"name":"FOREIGN-metric"}]}`
)

// kairosdbVisits are the rows of KairosDB's routes. The columns are
// blank reader writer device devadmin app gdevice viewer member guest gadmin admin root.
func kairosdbVisits() []visit {
	const (
		reads  = "403 200 403 200 200 200 200 200 200 200 200 200 200"
		writes = "403 403 204 204 204 204 204 403 204 204 204 204 204"
	)
	return []visit{
		{"GET /api/openapi.json", "", "", everybody("200"), "openapi"},
		{"GET /api/v1/version", "", "", everybody("200"), "KairosDB"},
		{"GET /api/v1/health/check", "", "", everybody("204"), ""},
		{"GET /api/v1/health/status", "", "", everybody("200"), "OK"},
		{"GET /api/v1/features", "", "", everybody("200"), "aggregators"},
		{"GET /api/v1/features/{feature}", "/api/v1/features/aggregators", "", everybody("200"), "sum"},

		{"GET /api/v1/metricnames", "", "", reads, `"OWN-metric"`},
		{"GET /api/v1/metricnames", "/api/v1/metricnames?prefix=FOREIGN", "", reads, `{"results":[`},
		{"GET /api/v1/tagnames", "", "", reads, `"room"`},
		{"GET /api/v1/tagvalues", "", "", reads, `"OWN-room"`},
		{"GET /api/v1/datapoints/query", "/api/v1/datapoints/query?query=%7B%22start_absolute%22%3A1%2C%22metrics%22%3A%5B%7B%22name%22%3A%22OWN-metric%22%7D%5D%7D", "", reads, `"OWN-text"`},
		{"POST /api/v1/datapoints/query", "", askShared, reads, `"OWN-text"`},
		{"POST /api/v1/datapoints/query", "", askForeign, reads, `"results":[`},
		{"POST /api/v1/datapoints/query", "/api/v1/datapoints/query?format=csv", askShared, reads, `OWN-text`},
		{"POST /api/v1/datapoints/query", "", saveOwn, "403 403 403 200 200 200 200 403 200 200 200 200 200", `"OWN-text"`},
		{"POST /api/v1/datapoints/query", "", saveOther, "403 403 403 403 403 403 403 403 403 403 403 403 200", ""},
		{"POST /api/v1/datapoints/query", "", askSecret, reads, `"OWN-text"`},
		{"POST /api/v1/datapoints/query", "", saveHidden, "403 403 403 403 403 403 403 403 403 403 200 200 200", `"OWN-text"`},
		{"GET /api/v1/metricnames", "/api/v1/metricnames?prefix=SECRET", "", reads, `{"results":[`},
		{"POST /api/v1/datapoints/query/tags", "", askSecret, reads, `"results":[`},
		{"POST /api/v1/datapoints", "", putHidden, "403 403 403 403 403 403 403 403 403 403 204 204 204", ""},
		{"POST /api/v1/datapoints", "", putLocked, "403 403 403 403 403 403 403 403 403 403 204 204 204", ""},
		{"POST /api/put", "", `[{"metric":"locked","timestamp":1,"value":1,"tags":TAGS}]`, "403 403 403 403 403 403 403 403 403 403 204 204 204", ""},
		{"POST /api/v1/datapoints/delete", "", dropSecret, writes, ""},
		{"POST /api/v1/datapoints/delete", "", dropLocked, "403 403 403 403 403 403 403 403 403 403 204 204 204", ""},
		{"DELETE /api/v1/metric/{metricName}", "/api/v1/metric/SECRET-pin", "", writes, ""},
		{"POST /api/v1/datapoints/query/tags", "", askShared, reads, `"OWN-room"`},
		{"POST /api/v1/datapoints/query/tags", "", askForeign, reads, `"results":[`},

		{"POST /api/v1/datapoints", "", putOwn, writes, ""},
		{"POST /api/v1/datapoints", "", putOther, "403 403 403 403 403 403 403 403 403 403 403 403 204", ""},
		{"POST /api/put", "", `[{"metric":"new","timestamp":1,"value":1,"tags":TAGS}]`, writes, ""},
		{"POST /api/put", "", `[{"metric":"new","timestamp":1,"value":1,"tags":OTHERTAGS}]`, "403 403 403 403 403 403 403 403 403 403 403 403 204", ""},
		{"POST /api/v1/datapoints/delete", "", dropShared, writes, ""},
		{"DELETE /api/v1/datapoints/delete", "", dropShared, writes, ""},
		{"DELETE /api/v1/metric/{metricName}", "/api/v1/metric/shared", "", writes, ""},
		{"DELETE /api/v1/metric/{metricName}", "/api/v1/metric/FOREIGN-metric", "", writes, ""},
		{"GET /api/v1/datapoints/index", "/api/v1/datapoints/index?metric=FOREIGN-metric&start_absolute=1&end_absolute=2", "", "403 403 403 403 403 403 403 403 403 403 403 403 204", ""},

		{"GET /api/v1/metadata/{service}", "/api/v1/metadata/service", "", "403 200 403 403 403 403 403 200 200 200 200 200 200", "zq-"},
		{"GET /api/v1/metadata/{service}/{serviceKey}", "/api/v1/metadata/service/" + homeAll, "", "403 200 403 403 403 403 403 200 200 200 200 200 200", "results"},
		{"GET /api/v1/metadata/{service}/{serviceKey}/{key}", "/api/v1/metadata/service/" + homeAll + "/" + homeAll, "", "403 200 403 403 403 403 403 200 200 404 404 200 200", homeAll},
		{"GET /api/v1/metadata/{service}/{serviceKey}/{key}", "/api/v1/metadata/_organization%2Facme%2Fservice/" + acmeAll + "/" + acmeAll, "", "403 401 403 403 403 403 403 401 401 401 401 401 401", ""},
		{"POST /api/v1/metadata/{service}/{serviceKey}/{key}", "/api/v1/metadata/service/OWN/OWN", "x", "403 403 204 403 403 403 403 403 204 204 204 204 204", ""},
		{"DELETE /api/v1/metadata/{service}/{serviceKey}/{key}", "/api/v1/metadata/service/OWN/OWN", "", "403 403 204 403 403 403 403 403 204 204 204 204 204", ""},

		{"GET /api/v1/rollups", "", "", reads, "["},
		{"POST /api/v1/rollups", "", rollupOf("OWN"), "403 403 403 200 200 200 200 403 200 200 200 200 200", `"OWN"`},
		{"GET /api/v1/rollups/{id}", "/api/v1/rollups/TASK", "", "403 200 403 200 404 404 404 200 200 404 404 200 200", homeD1},
		{"PUT /api/v1/rollups/{id}", "/api/v1/rollups/TASK", rollupOf("OWN"), "403 403 403 200 404 404 404 403 200 404 404 200 200", ""},
		{"DELETE /api/v1/rollups/{id}", "/api/v1/rollups/TASK", "", "403 403 204 204 404 404 404 403 204 404 404 204 204", ""},
		{"GET /api/v1/rollups/status/{id}", "/api/v1/rollups/status/TASK", "", "403 404 403 404 404 404 404 404 404 404 404 404 404", ""},
		{"GET /api/v1/rollups/history/{id}", "/api/v1/rollups/history/TASK", "", "403 404 403 404 404 404 404 404 404 404 404 404 404", ""},
		{"GET /api/v1/rollups/backfill/{id}", "/api/v1/rollups/backfill/TASK?startTime=2023-11-15-00-00-00-000", "", "403 403 204 204 404 404 404 403 204 404 404 204 204", ""},
		{"POST /api/v1/rollups/backfill/{id}", "/api/v1/rollups/backfill/TASK?startTime=2023-11-15-00-00-00-000", "", "403 403 409 409 404 404 404 403 409 404 404 409 409", ""},

		{"GET /api/v1/admin/runningqueries", "", "", reads, "queries"},
		{"GET /api/v1/admin/killquery/{queryHash}", "/api/v1/admin/killquery/none", "", "403 204 403 204 204 204 204 204 204 204 204 204 204", ""},
		{"GET /api/v1/admin/scheduledjobs", "", "", reads, "CacheFileCleaner"},
	}
}

// otherVisits are the rows of the routes that are neither KairosDB's nor the
// operator's.
func otherVisits() []visit {
	const figures = "200 200 200 403 403 403 403 200 200 403 403 200 200" // the home organization's
	return append(grafanaVisits(), []visit{
		{"GET /metrics", "", "", figures, "aion_"},
		{"GET /metrics/", "", "", figures, "aion_"},
		{"POST /api/v1/prometheus/writeadapter/write", "", "", "403 403 400 400 400 400 400 403 400 400 400 400 400", ""},
		{"GET /api/v1/prometheus/writeadapter/write", "", "", everybody("405"), ""},
		{"PUT /api/v1/prometheus/writeadapter/write", "", "", everybody("405"), ""},
		{"PATCH /api/v1/prometheus/writeadapter/write", "", "", everybody("405"), ""},
		{"DELETE /api/v1/prometheus/writeadapter/write", "", "", everybody("405"), ""},
		{"GET /", "", "", everybody("200"), "KairosDB"},
		{"GET /nothing", "", "", everybody("404"), ""},
		{"GET /api/v1/nothing", "", "", everybody("404"), ""},
	}...)
}
