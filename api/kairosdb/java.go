package kairosdb

import "aion/api/kairosdb/gson"

// classes are the Java classes behind KairosDB's names, which its texts about
// unknown properties show.
var classes = map[string]string{
	"avg": "AvgAggregator", "count": "CountAggregator", "dev": "StdAggregator", "diff": "DiffAggregator",
	"div": "DivideAggregator", "filter": "FilterAggregator", "first": "FirstAggregator",
	"gaps": "DataGapsMarkingAggregator", "last": "LastAggregator", "least_squares": "LeastSquaresAggregator",
	"max": "MaxAggregator", "min": "MinAggregator", "percentile": "PercentileAggregator",
	"rate": "RateAggregator", "sampler": "SamplerAggregator", "save_as": "SaveAsAggregator",
	"scale": "ScaleAggregator", "score": "ScoreAggregator", "sma": "SmaAggregator", "sum": "SumAggregator",
	"trim": "TrimAggregator",

	"bin": "BinGroupBy", "tag": "TagGroupBy", "time": "TimeGroupBy", "value": "ValueGroupBy",
}

// class is the full name of the Java class of an aggregator or grouper.
func class(kind, name string) string {
	short, ok := classes[name]
	if !ok {
		short = name
	}
	return "org.kairosdb.core." + kind + "." + short
}

// fields are the Java fields whose names KairosDB's constraints show in place
// of the property's.
var fields = map[[2]string]string{
	{"div", "divisor"}: "m_divisor",
}

// field is the name of a property in the text about a broken constraint.
func field(aggregator, property string) string {
	if name, ok := fields[[2]string{aggregator, property}]; ok {
		return name
	}
	return property
}

// choices are the texts about a wrong value of those properties whose values
// KairosDB reads in any case. Other lists of values are lower case, and a wrong
// one is a null to Gson.
var choices = map[[2]string]string{
	{"trim", "trim"}:        "is not a valid trim type, must be 'first', 'last' or 'both'.",
	{"filter", "filter_op"}: "is not a valid trim type, must be 'lte', 'lt', 'gte', 'gt', 'equal' or 'ne'.",
}

// readOnly tells whether KairosDB finds a property of an aggregator or grouper by
// reflection and cannot set it.
func readOnly(name string, ranges bool, property string) bool {
	return ranges && property == "_align_sampling" || name == "tag" && property == "tag_names" ||
		name == "save_as" && property == "tags_to_keep"
}

// unreadable is the answer to the property class, which everything in Java has.
func unreadable(e *gson.Element) error {
	if e.Kind == gson.NullKind {
		return broken(nothingToValidate)
	}
	return broken(noAdapter)
}

// Texts of Java's that stand for failures of KairosDB's own.
const (
	nothingToValidate = "cannot validate null"
	noAdapter         = "Attempted to deserialize a java.lang.Class. Forgot to register a type adapter?"
)

// noString is Java's text for an element that is no text where one must be; for
// a null there is none.
func noString(e *gson.Element) string {
	name := map[gson.Kind]string{
		gson.NumberKind: "java.lang.Double", gson.BooleanKind: "java.lang.Boolean", gson.ArrayKind: "java.util.ArrayList",
		gson.ObjectKind: "com.google.gson.internal.LinkedTreeMap",
	}[e.Kind]
	text := "class " + name + " cannot be cast to class java.lang.String (" + name
	switch e.Kind {
	case gson.NullKind:
		return ""
	case gson.ObjectKind:
		return text + " is in unnamed module of loader 'app'; java.lang.String is in module java.base of loader 'bootstrap')"
	}
	return text + " and java.lang.String are in module java.base of loader 'bootstrap')"
}
