package kairosdb

import "aion/aggregators"

// groupers describes the groupers, sorted by name, in KairosDB's words.
func groupers() []component {
	return []component{
		{"bin", "Bin", "Groups data points by bins or buckets.", []aggregators.Property{{
			Name: "bins", Label: "Bin Values", Type: aggregators.Thresholds, Default: "[]",
			Description: "List of bin values. For example, if the list of bins is 10, 20, 30, then values less than 10 are placed " +
				"in the first group, values between 10-19 into the second group, and so forth.",
			Validations: []aggregators.Validation{
				{Expression: "value.every((n) => !isNaN(parseFloat(n)) && isFinite(n))", Message: "The list must contain only numbers."},
				{Expression: "value.length > 0", Message: "The list can't be empty."},
			},
		}}},
		{"tag", "Tag", "Groups data points by tag names.", []aggregators.Property{{
			Name: "tags", Label: "Tags", Type: aggregators.Thresholds, Default: "[]", Autocomplete: "tags",
			Description: "A list of tags to group by.",
			Validations: []aggregators.Validation{{Expression: "value.length > 0", Message: "Tags can't be empty."}},
		}}},
		{"time", "Time", "Groups data points in time ranges.", []aggregators.Property{
			{
				Name: "group_count", Label: "Count", Type: aggregators.Int, Default: "0",
				Description: "The number of groups. This would typically be 7 to group by day of week.",
				Validations: []aggregators.Validation{{Expression: "value > 0", Message: "Count must be greater than 0."}},
			},
			{Name: "range_size", Label: "Range Size", Type: aggregators.Sampling},
		}},
		{"value", "Value", "Groups data points by value.", []aggregators.Property{{
			Name: "range_size", Label: "Target Size", Type: aggregators.Int, Default: "0",
			Description: "The range for each value. For example, if the range size is 10, then values between 0-9 are placed " +
				"in the first group, values between 10-19 into the second group, and so forth.",
			Validations: []aggregators.Validation{{Expression: "value >= 0", Message: "Target size must be greater or equal than 0."}},
		}}},
	}
}
