# What the tables of benchmarks share; it goes before them.

# median is the median of rounds[1..n] of what the key names, "" where there are
# none. It sorts by insertion: not every awk can sort.
function median(rounds, count, key,    n, i, j, t) {
	n = count[key]
	if (!n) return ""
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && rounds[key, j - 1] + 0 > rounds[key, j] + 0; j--) {
			t = rounds[key, j]; rounds[key, j] = rounds[key, j - 1]; rounds[key, j - 1] = t
		}
	return n % 2 ? rounds[key, (n + 1) / 2] : (rounds[key, n / 2] + rounds[key, n / 2 + 1]) / 2
}

# time shows nanoseconds.
function time(ns) {
	if (ns == "") return ""
	if (ns >= 1e9) return sprintf("%.2f s", ns / 1e9)
	if (ns >= 1e6) return sprintf("%.2f ms", ns / 1e6)
	if (ns >= 1e3) return sprintf("%.2f us", ns / 1e3)
	return sprintf("%.1f ns", ns)
}

# shown is a figure in its unit, - where there is none.
function shown(value, unit) {
	if (value == "") return "-"
	if (unit == "ns") return time(value)
	return sprintf("%.4g %s", value, unit)
}

# over is a by b, and "" where one is missing.
function over(a, b) { return a == "" || b == "" || b == 0 ? "" : a / b }

# short is a number in few letters, "" where there is none.
function short(x) { return x == "" ? "" : sprintf("%.2f", x) }
