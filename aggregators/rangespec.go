package aggregators

// rangeSpec completes the description of a range aggregator with the properties
// of ranges that are listed as features.
func rangeSpec(s Spec) Spec {
	s.Range = true
	s.Properties = append([]Property{
		{
			Name: "align_end_time", Label: "Align end time", Type: Bool, Optional: true, Default: "false",
			Description: "Stamps each result with the end of its range, the first instant after it.",
		},
		{
			Name: "align_start_time", Label: "Align start time", Type: Bool, Optional: true, Default: "false",
			Description: "Stamps each result with the start of its range.",
		},
	}, s.Properties...)
	s.Properties = append(s.Properties,
		Property{
			Name: "sampling", Label: "Sampling", Type: Sampling, Optional: true,
			Description: "Length of the ranges that the points are cut into.",
		},
		Property{
			Name: "trim", Label: "Trim", Type: Bool, Optional: true, Default: "false",
			Description: "Leaves out the gaps before the first and after the last point.",
		})
	return s
}

// rangeProperties are the further properties that can be set on s because it is
// a range aggregator.
func rangeProperties(s *Spec) []Property {
	if !s.Range {
		return nil
	}
	return []Property{
		{
			Name: "align_sampling", Label: "Align sampling", Type: Bool, Optional: true, Default: "true",
			Description: "Counts the ranges from a boundary of the calendar, not from the query's start.",
		},
		{
			Name: "start_time", Label: "Start time", Type: Long, Optional: true,
			Description: "Counts the ranges from this time, not from the query's start.",
		},
		{
			Name: "end_time", Label: "End time", Type: Long, Optional: true,
			Description: "Fills gaps up to this time, not up to the query's end.",
		},
		timeZone(),
	}
}

// timeZone is the property of all that reckon in a calendar.
func timeZone() Property {
	return Property{
		Name: "time_zone", Label: "Time zone", Type: ZoneID, Optional: true,
		Description: "Zone whose calendar counts, in place of the query's.",
	}
}
