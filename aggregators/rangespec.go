package aggregators

// What KairosDB's features endpoint says of the two alignments begins and ends
// alike.
const (
	alignedRanges = "Setting this to true will cause the aggregation range to be aligned based on the sampling size. For example if your " +
		"sample size is either milliseconds, seconds, minutes or hours then the start of the range will always be at the top of the hour. "
	oneAlignment = " Note that align_sampling, align_start_time, and align_end_time are mutually exclusive. " +
		"If more than one are set, unexpected results will occur."
)

// rangeSpec completes the description of a range aggregator with the properties
// of ranges that are listed as features.
func rangeSpec(s Spec) Spec {
	s.Range = true
	s.Properties = append([]Property{
		{
			Name: "align_end_time", Label: "Align end time", Type: Bool, Optional: true, Default: "false",
			Description: alignedRanges +
				"The difference between align_start_time and align_end_time is that align_end_time sets the timestamp for the " +
				"datapoint to the beginning of the following period versus the beginning of the current period. As with " +
				"align_start_time, setting this to true will cause your data to take the same shape when graphed as you refresh" +
				" the data." + oneAlignment,
		},
		{
			Name: "align_start_time", Label: "Align start time", Type: Bool, Optional: true, Default: "false",
			Description: alignedRanges +
				"The effect of setting this to true is that your data will take the same shape when graphed as you refresh the " +
				"data." + oneAlignment,
		},
	}, s.Properties...)
	s.Properties = append(s.Properties,
		Property{
			Name: "sampling", Label: "Sampling", Type: Sampling, Optional: true,
			Description: "Length of the ranges that the points are cut into.",
		},
		Property{
			Name: "trim", Label: "Trim", Type: Bool, Optional: true, Default: "false",
			Description: " Trim off empty ranges before and after the actual data",
		})
	return s
}

// rangeProperties are the further properties that can be set on s because it is
// a range aggregator. They are all specs' together: nobody changes them.
func rangeProperties(s *Spec) []Property {
	if !s.Range {
		return nil
	}
	return ranged[:]
}

// ranged are the further properties of range aggregators.
var ranged = [...]Property{
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

// timeZone is the property of all that reckon in a calendar.
func timeZone() Property {
	return Property{
		Name: "time_zone", Label: "Time zone", Type: ZoneID, Optional: true,
		Description: "Zone whose calendar counts, in place of the query's.",
	}
}
