# From coverage.out of go, with -v module=PATH, a tracefile as lcov(1) has it: files from the top folder,
# and how often each line ran.

function end_file(line) {
	if (file == "")
		return
	print "SF:" file
	for (line = 1; line <= last; line++)
		if (line in runs)
			printf "DA:%d,%d\n", line, runs[line]
	print "end_of_record"
	split("", runs)
	last = 0
}

# MODULE/FILE:LINE.COLUMN,LINE.COLUMN STATEMENTS RUNS
match($1, /:[0-9]+\.[0-9]+,[0-9]+\.[0-9]+$/) {
	name = substr($1, length(module) + 2, RSTART - length(module) - 2)
	split(substr($1, RSTART + 1), position, /[.,]/)
	if (name != file)
		end_file()
	file = name
	for (line = position[1] + 0; line <= position[3]; line++)
		if (!(line in runs) || runs[line] < $3)
			runs[line] = $3
	if (last < position[3] + 0)
		last = position[3] + 0
}

END { end_file() }
