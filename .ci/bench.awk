# Makes a table of what go test -bench prints: a line a benchmark, with time,
# points per second, bytes per second and allocations where they are reported.
BEGIN {
	row = "%-64s %14s %14s %10s %12s %10s\n"
	printf row, "benchmark", "time/op", "points/s", "MB/s", "B/op", "allocs/op"
}

$1 == "pkg:" { printf "\n%s\n", $2 }

/^Benchmark/ && NF >= 4 {
	name = substr($1, 10)
	sub(/-[0-9]+$/, "", name)
	split("", value)
	for (i = 3; i < NF; i += 2) value[$(i + 1)] = $i
	printf row, "  " name, time(value["ns/op"]), count(value["points/s"]), value["MB/s"], value["B/op"], value["allocs/op"]
}

/^(---|FAIL|panic)/ { print; failed = 1 }

END { exit failed }

function time(ns) {
	if (ns == "") return ""
	if (ns >= 1e9) return sprintf("%.2f s", ns / 1e9)
	if (ns >= 1e6) return sprintf("%.2f ms", ns / 1e6)
	if (ns >= 1e3) return sprintf("%.2f us", ns / 1e3)
	return sprintf("%.1f ns", ns)
}

function count(n) {
	if (n == "") return ""
	if (n >= 1e6) return sprintf("%.1f M", n / 1e6)
	if (n >= 1e3) return sprintf("%.1f k", n / 1e3)
	return sprintf("%.0f", n)
}
