# Makes a table of what BenchmarkProof prints: each figure of Aion, the median of
# its rounds, beside its limit and the peer's, with what the ratios are to be at
# most and, in brackets, what is aimed at; cpu is the ratio of the processors'
# time, which others on the machine disturb less. The last column tells what
# holds. With growth=1 it is BenchmarkGrowth, which stands work with more of something beside
# the same with less.
BEGIN {
	row = growth ? "%-38s %18s %18s %7s %.0s%14s %.0s%.0s%.0s%.0s%14s  %s\n" : "%-26s %17s %17s %7s %7s %14s %17s %7s %7s %14s %16s  %s\n"
	printf row, "work", growth ? "with more" : "aion", growth ? "with less" : "limit", growth ? "factor" : "ratio",
		"cpu", growth ? "at most" : "at most (aim)", "peer", "ratio", "cpu", "at most (aim)", growth ? "value at most" : "value (aim)", "holds"
}

/^cpu: / { sub(/^cpu: /, ""); processor = $0 }

/^Benchmark(Proof|Growth)\// && NF >= 4 {
	name = $1
	sub(/^[^\/]*\//, "", name)
	sub(/-[0-9]+$/, "", name)
	sub(/#[0-9]+$/, "", name)
	who = name
	sub(/.*\//, "", who)
	work = substr(name, 1, length(name) - length(who) - 1)
	if (!(work in seen)) { seen[work] = ++n; order[n] = work }
	value = $3
	of = "ns"
	for (i = 3; i < NF; i += 2) {
		if (split($(i + 1), part, "/") == 2 && (part[1] == "most" || part[1] == "aim")) bound[work, part[1], part[2]] = $i
		if (part[1] == "figure") { value = $i; of = part[2] }
		if ($(i + 1) == "processor-ns") used[work SUBSEP who, ++uses[work SUBSEP who]] = $i
	}
	gsub(/-a-/, "/", of)
	unit[work] = of
	rounds[work SUBSEP who, ++count[work SUBSEP who]] = value
}

/^--- FAIL: Benchmark(Proof|Growth)\// { name = $3; split(name, part, "/"); broken[part[2]] = 1 }

/^(---|FAIL|panic)/ || /^ +[a-z_]+\.go:[0-9]+: / { print; failed = 1 }

END {
	for (i = 1; i <= n; i++) {
		w = order[i]
		aion = median(rounds, count, w SUBSEP "aion")
		limit = median(rounds, count, w SUBSEP "limit")
		peer = median(rounds, count, w SUBSEP "peer")
		misses = aimed = looked = ""
		holds("limit", over(aion, limit))
		holds("peer", over(aion, peer))
		holds("value", aion)
		printf row, w, shown(aion, unit[w]), shown(limit, unit[w]), short(over(aion, limit)), cpu("limit"), wanted("limit"),
			shown(peer, unit[w]), short(over(aion, peer)), cpu("peer"), wanted("peer"), wantedValue(), (broken[w] ? "FAILED" : verdict())
	}
	printf "\n%d figures, %d of them missed; medians of what was run in rounds, on %s\n", n, missed, processor
	exit failed
}

# holds looks at one of the bounds of work w and makes the verdict no better.
function holds(what, x) {
	if (x == "" || !((w, "most", what) in bound)) return
	if (x + 0 > bound[w, "most", what] + 0) misses = misses (misses == "" ? "" : ",") what
	else if ((w, "aim", what) in bound && x + 0 > bound[w, "aim", what] + 0) aimed = 0
	else if ((w, "aim", what) in bound && aimed == "") aimed = 1
	looked = 1
}

# verdict says what the bounds of a work made of it: aim where all that is aimed
# at is reached.
function verdict() {
	if (misses != "") { missed++; return "MISSED: " misses }
	return !looked ? "" : aimed ? "aim" : "yes"
}

# cpu is the ratio of the processors' time to that of another one.
function cpu(who) {
	return short(over(median(used, uses, w SUBSEP "aion"), median(used, uses, w SUBSEP who)))
}

# wanted is what a ratio is to be.
function wanted(what,    text) {
	if (!((w, "most", what) in bound)) return ""
	text = sprintf("%.2f", bound[w, "most", what])
	if ((w, "aim", what) in bound) text = text sprintf(" (%.2f)", bound[w, "aim", what])
	return text
}

# wantedValue is what the figure itself is to be.
function wantedValue(    text) {
	if (!((w, "most", "value") in bound)) return ""
	text = unit[w] == "ns" ? time(bound[w, "most", "value"]) : sprintf("%.4g", bound[w, "most", "value"])
	if ((w, "aim", "value") in bound) text = text sprintf(" (%.4g)", bound[w, "aim", "value"])
	return text
}
