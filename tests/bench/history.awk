# Prints a `git fast-import` stream: N commits on main and a run of each, as git-jci stores it.
# awk -v n=100000 -f history.awk | git fast-import
function commit(ref, mark, when, message, from) {
	printf "commit %s\nmark :%d\n", ref, mark
	printf "committer Bench <bench@localhost> %d +0000\n", when
	printf "data %d\n%s\n", length(message), message
	if (from)
		printf "from :%d\n", from
}
BEGIN {
	start = 1500000000
	print "feature done"
	printf "blob\nmark :1\ndata 2\nok\n"
	printf "blob\nmark :2\ndata 6\nhello\n\n"
	printf "blob\nmark :3\ndata 14\n{\"format\": 1}\n\n"
	for (i = 0; i < n; i++) {
		commit("refs/heads/main", i + 10, start + i * 60, "change number " i "\n", i ? i + 9 : 0)
		if (i % 100 == 0)
			printf "M 100644 inline file\ndata %d\n%d\n\n", length(i "") + 1, i
		print ""
	}
	print "done"
}
