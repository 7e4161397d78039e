# SPDX-License-Identifier: ISC
#
# The functions a header declares, one a line: the name before the first
# parenthesis of each declaration that stands in no braces.

/^[ \t]*#/	{ directive = 1 }
directive	{ directive = /\\$/; if (!/\/\*/ || /\*\//) next; sub(/.*\/\*/, "/*") }
/extern "C"/	{ next }
		{ text = text $0 " " }

END {
	while ((i = index(text, "/*")) > 0) {
		rest = substr(text, i + 2)
		text = substr(text, 1, i - 1) substr(rest, index(rest, "*/") + 2)
	}
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == "{")
			depth++
		else if (c == "}" && depth > 0)
			depth--
		else if (depth == 0 && c != ";")
			statement = statement c
		else if (depth == 0) {
			if (match(statement, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
				name = substr(statement, RSTART, RLENGTH - 1)
				sub(/[ \t]+$/, "", name)
				print name
			}
			statement = ""
		}
	}
}
