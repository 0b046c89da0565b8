# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The dpdk-dmabuf authors
#
# Read one file of apt's sources (format=list or deb822) and write its Debian entries as deb822
# paragraphs. mode=source: as deb-src. mode=download: as deb, with <codename>-backports besides,
# and suite if that is given and of another release.
# All options of an entry (Signed-By, Trusted, Check-Valid-Until ...) are kept.

BEGIN {
	# One-line options that deb822 spells otherwise.
	long["arch"] = "Architectures"
	long["lang"] = "Languages"
	long["target"] = "Targets"
}

# A suite of the machine's own release: bookworm, bookworm-updates, stable, stable/updates ...
function own(suite) {
	sub(/(-updates|-security|-proposed-updates|-backports|-backports-sloppy|\/updates)$/, "", suite)
	return suite == codename || suite ~ /^((old)*stable|testing|unstable|sid)$/
}

function words(key, list) {
	return split(field[key], list, /[ \t\n]+/)
}

function has(key, word,    list, n, i) {
	n = words(key, list)
	for (i = 1; i <= n; i++)
		if (list[i] == word)
			return 1
	return 0
}

function paragraph(type, suites,    key) {
	print "Types: " type
	print "Suites: " suites
	for (key in name)
		if (key !~ /^(types|suites|enabled)$/)
			print name[key] ": " field[key]
	print ""
}

# One entry is complete: write it if it is Debian's.
function entry(    list, n, i, suites, base) {
	if (!has("types", "deb") || tolower(field["enabled"]) ~ /^(no|false|0|off)$/ ||
	    !has("components", "main") || field["uris"] ~ /^cdrom:/)
		return
	# Third parties use Debian's suite names too, but sign with a key of their own.
	if (field["signed-by"] != "" && field["signed-by"] !~ /debian-archive|BEGIN PGP/)
		return
	n = words("suites", list)
	for (i = 1; i <= n; i++) {
		if (!own(list[i]))
			continue
		if (list[i] !~ /[-\/]|testing|unstable|sid/)
			base = list[i]
		# "The distribution's own" source is never a backport.
		if (list[i] !~ /-backports/)
			suites = suites " " list[i]
	}
	if (suites != "")
		paragraph(mode == "source" ? "deb-src" : "deb", substr(suites, 2))
	if (mode == "download" && base != "")
		paragraph("deb", base "-backports")
	if (mode == "download" && base != "" && suite != "" && !own(suite))
		paragraph("deb", suite)
}

function reset() {
	split("", field)
	split("", name)
	last = ""
}

function set(key, value) {
	last = tolower(key)
	name[last] = key
	field[last] = value
}

format == "list" && /^[ \t]*deb[ \t]/ {
	reset()
	sub(/#.*/, "")
	set("Types", "deb")
	if (match($0, /\[[^]]*\]/)) {
		n = split(substr($0, RSTART + 1, RLENGTH - 2), option, /[ \t]+/)
		for (i = 1; i <= n; i++)
			if (split(option[i], part, "=") == 2) {
				gsub(/,/, " ", part[2])
				set(part[1] in long ? long[part[1]] : part[1], part[2])
			}
		sub(/\[[^]]*\]/, "")
	}
	set("URIs", $2)
	set("Suites", $3)
	components = ""
	for (i = 4; i <= NF; i++)
		components = components " " $i
	set("Components", substr(components, 2))
	entry()
}

format == "deb822" && /^#/ { next }
format == "deb822" && /^[ \t]*$/ { entry(); reset(); next }
format == "deb822" && /^[ \t]/ { field[last] = field[last] "\n" $0; next }
format == "deb822" {
	key = $0
	sub(/:.*/, "", key)
	sub(/^[^:]*:[ \t]*/, "")
	set(key, $0)
}
END {
	if (format == "deb822")
		entry()
}
