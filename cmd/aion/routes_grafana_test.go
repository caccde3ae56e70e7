package main

// grafanaVisits are the rows of Grafana's datasource, in the columns of
// kairosdbVisits.
func grafanaVisits() []visit {
	const (
		reads = "403 200 403 200 200 200 200 200 200 200 200 200 200"
		span  = `"range":{"from":"1970-01-01T00:00:00Z","to":"1970-01-01T01:00:00Z"},"interval":"1s","intervalMs":1000,"maxDataPoints":100`
		saves = `{` + span + `,"targets":[{"refId":"A","target":"{\"name\":\"shared\",\"aggregators\":[{\"name\":\"save_as\",\"metric_name\":\"saved\"}]}"}]}`
	)
	return []visit{
		{"GET /grafana", "", "", everybody("200"), "ok"},
		{"GET /grafana", "/grafana/", "", everybody("200"), "ok"},
		{"POST /grafana/query", "", `{` + span + `,"targets":[{"refId":"A","target":"shared"},{"refId":"B","target":"OWN-metric"}]}`, reads, "OWN"},
		{"POST /grafana/query", "", `{` + span + `,"targets":[{"refId":"A","target":"FOREIGN-metric"}]}`, reads, "["},
		{"POST /grafana/query", "", saves, "403 403 403 403 403 403 403 403 200 403 403 200 200", ""},
		{"POST /grafana/search", "", `{"target":""}`, reads, "OWN-metric"},
		{"POST /grafana/variable", "", `{"payload":{"target":"metrics()"},"range":{"from":"1970-01-01T00:00:00Z","to":"1970-01-01T01:00:00Z"}}`, reads, ""},
		{"POST /grafana/metrics", "", `{"metric":""}`, reads, "OWN-metric"},
		{"POST /grafana/metric-payload-options", "", `{"metric":"shared","name":"device","payload":{}}`, reads, ""},
		{"POST /grafana/annotations", "", `{` + span + `,"annotation":{"name":"a","query":"shared","enable":true}}`, reads, ""},
		{"POST /grafana/tag-keys", "", `{}`, reads, "room"},
		{"POST /grafana/tag-values", "", `{"key":"room"}`, reads, "OWN-room"},
	}
}
