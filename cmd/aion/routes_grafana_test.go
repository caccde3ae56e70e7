package main

// Panels of the tables: what is grouped by device tells whose data is there.
const (
	panelShared  = `{"range":{"from":"1970-01-01T00:00:00Z","to":"2030-01-01T00:00:00Z"},"targets":[{"target":"shared","payload":{"group_by":["device","room"]}},{"target":"shared","payload":{"aggregator":"last","format":"table","group_by":["device"]}}]}`
	panelForeign = `{"range":{"from":"1970-01-01T00:00:00Z","to":"2030-01-01T00:00:00Z"},"targets":[{"target":"FOREIGN-metric"},{"target":"/.*metric/"},{"target":"{\"name\":\"shared\",\"tags\":{\"device\":\"FOREIGN\"}}"}],"filters":[{"key":"device","operator":"=~","value":".*FOREIGN.*"}]}`
	panelSaves   = `{"range":{"from":"1970-01-01T00:00:00Z","to":"2030-01-01T00:00:00Z"},"targets":[{"target":"shared","payload":{"tags":{"device":"OWN"},"group_by":["device","organization"],"aggregators":[{"name":"save_as","metric_name":"saved"}]}}]}`
)

// grafanaVisits are the rows of Grafana's datasource.
func grafanaVisits() []visit {
	const reads = "403 200 403 200 200 200 200 200 200 200 200 200 200"
	return []visit{
		{"GET /grafana", "", "", everybody("200"), `"ok"`},
		{"POST /grafana/query", "", panelShared, reads, `OWN-room`},
		{"POST /grafana/query", "", panelForeign, reads, `"datapoints":[`},
		{"POST /grafana/query", "", panelSaves, "403 403 403 200 200 200 200 403 200 200 200 200 200", `"OWN-text"`},
		{"POST /grafana/search", "", `{"target":""}`, reads, `"OWN-metric"`},
		{"POST /grafana/search", "", `{"target":"tag_values(shared, device)"}`, reads, `"OWN"`},
		{"POST /grafana/metrics", "", `{}`, reads, `"OWN-metric"`},
		{"POST /grafana/metric-payload-options", "", `{"metric":"shared","name":"room"}`, reads, `"OWN-room"`},
		{"POST /grafana/variable", "", `{"payload":{"target":"tag_values(shared, room)"},"range":{"from":"1970-01-01T00:00:00Z","to":"2030-01-01T00:00:00Z"}}`, reads, `"OWN-room"`},
		{"POST /grafana/annotations", "", `{"range":{"from":"1970-01-01T00:00:00Z","to":"2030-01-01T00:00:00Z"},"annotation":{"query":"#device"}}`, reads, `"OWN-text"`},
		{"POST /grafana/tag-keys", "", `{}`, reads, `"room"`},
		{"POST /grafana/tag-values", "", `{"key":"room"}`, reads, `"OWN-room"`},
	}
}
