# Makes a table of what BenchmarkCassandra prints, one line for each work: the
# time of each server or bare loop, and how Aion compares with the others.
BEGIN {
	row = "%-30s %10s %12s %12s %16s %12s %14s  %s\n"
	printf row, "work", "aion", "kairosdb", "bare loop", "aion/kairosdb", "aion/bare", "first byte", "memory"
}

/^BenchmarkCassandra(Memory)?\// && NF >= 4 {
	name = $1
	sub(/^[^\/]*\//, "", name)
	sub(/-[0-9]+$/, "", name)
	who = name
	sub(/.*\//, "", who)
	work = substr(name, 1, length(name) - length(who) - 1)
	if (!(work in seen)) { seen[work] = ++n; order[n] = work }
	for (i = 3; i < NF; i += 2) {
		if ($(i + 1) == "ns/op") time[work, who] = $i
		if ($(i + 1) == "first-ms" && who == "aion") first[work] = $i " ms"
		if ($(i + 1) == "over-idle-MB") memory[work] = $i " MB over idle"
	}
}

/^(---|FAIL|panic)/ { print; failed = 1 }

END {
	for (i = 1; i <= n; i++) {
		w = order[i]
		printf row, w, show(time[w, "aion"]), show(time[w, "kairosdb"]), show(time[w, "bare"]),
			ratio(time[w, "aion"], time[w, "kairosdb"]), ratio(time[w, "aion"], time[w, "bare"]), first[w], memory[w]
	}
	exit failed
}

function show(ns) {
	if (ns == "") return "-"
	if (ns >= 1e9) return sprintf("%.2f s", ns / 1e9)
	return sprintf("%.2f ms", ns / 1e6)
}

function ratio(a, b) { return a == "" || b == "" ? "-" : sprintf("%.2f", a / b) }
