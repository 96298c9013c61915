# Takes the commands out of a page of the manual (mdoc) or a text such as README, with what they print:
# the lines that begin with "$ " in a literal display, or indented by four spaces, and those below
# them up to the next one. A command goes on behind a backslash, within single quotes, and up to the
# end of its here-document. Writes DIR/NNN.cmd and DIR/NNN.says, in order. Variables: dir, text=1 for no mdoc.

function literal(line) {
	gsub(/\\&/, "", line)
	gsub(/\\\(dq/, "\"", line)
	gsub(/\\\(ha/, "^", line)
	gsub(/\\\(aq/, "'", line)
	gsub(/\\-/, "-", line)
	gsub(/\\e/, "\\", line)
	return line
}

# Is the command not over with this line?
function goes_on(line) {
	sub(/ # .*/, "", line)
	quotes += gsub(/'/, "'", line)
	return quotes % 2 == 1 || line ~ /\\$/
}

function begin(line) {
	name = sprintf("%s/%03d", dir, ++count)
	quotes = 0
	more = goes_on(line)
	end = ""
	if (match(line, /<<-?'?[A-Z]+'?/)) {
		end = substr(line, RSTART, RLENGTH)
		gsub(/[^A-Z]/, "", end)
	}
	print line >(name ".cmd")
	printf "" >(name ".says")
}

function take(line) {
	if (end != "" || more) {
		print line >(name ".cmd")
		more = more && goes_on(line)
		if (line == end)
			end = ""
	} else if (line ~ /^\$ /) {
		begin(substr(line, 3))
	} else if (count) {
		print line >(name ".says")
	}
}

text {
	if (sub(/^    /, "") || end != "") {
		if (count > shown || $0 ~ /^\$ /)
			take($0)
	} else {
		shown = count
	}
	next
}

/^\.Bd -literal/ {
	inside = 1
	shown = count
	next
}

/^\.Ed/ {
	inside = 0
	next
}

# A display without a command says nothing about the last one of the display before.
inside && (count > shown || $0 ~ /^\$ /) {
	take(literal($0))
}
