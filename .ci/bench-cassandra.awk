# Makes a table of what BenchmarkCassandra prints, one line for each work: the
# time of each server or bare loop, and how Aion compares with the others. What
# was run in several rounds has the median of them.
BEGIN {
	row = "%-30s %10s %12s %12s %16s %12s %14s  %s\n"
	printf row, "work", "aion", "kairosdb", "bare loop", "aion/kairosdb", "aion/bare", "first byte", "memory"
}

/^BenchmarkCassandra(Memory)?\// && NF >= 4 {
	name = $1
	sub(/^[^\/]*\//, "", name)
	sub(/-[0-9]+$/, "", name)
	sub(/#[0-9]+$/, "", name)
	who = name
	sub(/.*\//, "", who)
	work = substr(name, 1, length(name) - length(who) - 1)
	names[who]
	if (!(work in seen)) { seen[work] = ++n; order[n] = work }
	for (i = 3; i < NF; i += 2) {
		if ($(i + 1) == "ns/op") times[work, who, ++rounds[work, who]] = $i
		if ($(i + 1) == "first-ms" && who == "aion") first[work] = $i " ms"
		if ($(i + 1) == "over-idle-MB") memory[work] = $i " MB over idle"
	}
}

/^(---|FAIL|panic)/ { print; failed = 1 }

END {
	for (i = 1; i <= n; i++) {
		w = order[i]
		for (who in names) time[w, who] = median(w, who)
		printf row, w, show(time[w, "aion"]), show(time[w, "kairosdb"]), show(time[w, "bare"]),
			ratio(time[w, "aion"], time[w, "kairosdb"]), ratio(time[w, "aion"], time[w, "bare"]), first[w], memory[w]
	}
	exit failed
}

# median sorts the few rounds by insertion: not every awk can sort.
function median(w, who,    n, i, j, t) {
	n = rounds[w, who]
	if (!n) return ""
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && times[w, who, j - 1] + 0 > times[w, who, j] + 0; j--) {
			t = times[w, who, j]; times[w, who, j] = times[w, who, j - 1]; times[w, who, j - 1] = t
		}
	return n % 2 ? times[w, who, (n + 1) / 2] : (times[w, who, n / 2] + times[w, who, n / 2 + 1]) / 2
}

function show(ns) {
	if (ns == "") return "-"
	if (ns >= 1e9) return sprintf("%.2f s", ns / 1e9)
	return sprintf("%.2f ms", ns / 1e6)
}

function ratio(a, b) { return a == "" || b == "" ? "-" : sprintf("%.2f", a / b) }
