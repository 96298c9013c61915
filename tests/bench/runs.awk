# Prints a `git fast-import` stream with a run for each commit whose hash is a line of the input; the
# refs go to the file `refs` as lines for packed-refs, marks in place of hashes.
# git rev-list --reverse main | awk -v refs=FILE -f runs.awk | git fast-import --export-marks=MARKS
BEGIN {
	start = 1500000000
	print "feature done"
	printf "blob\nmark :1\ndata 2\nok\n"
	printf "blob\nmark :2\ndata 4\nerr\n\n"
}
function file(path, text) {
	printf "M 100644 inline %s\ndata %d\n%s\n", path, length(text), text
}
{
	when = start + NR * 60
	id = sprintf("%d-%04x", when, NR % 65536)
	status = NR % 10 ? "ok" : "err"
	message = sprintf("CI results for %s (run %s)\n\nJci-Commit: %s\nJci-Status: %s\nJci-Reason: %s\nJci-Exit: %d\nJci-Start: %d.000000\nJci-Duration: 1.500000\nJci-Branch: main\nJci-Trigger: manual\nJci-Host: bench\n", substr($1, 1, 12), id, $1, status, NR % 10 ? "passed" : "failed", NR % 10 ? 0 : 1, when)
	printf "commit refs/bench/run\nmark :%d\n", NR + 10
	printf "committer Bench <bench@localhost> %d +0000\n", when + 2
	printf "data %d\n%s\n", length(message), message
	print "M 100644 " (NR % 10 ? ":1" : ":2") " status.txt"
	file("run.output.txt", sprintf("build %d took %d ms\n", NR, NR * 7919 % 10007))
	file(".jci/run.json", sprintf("{\"format\": 1, \"runId\": \"%s\", \"commit\": \"%s\"}\n", id, $1))
	print ""
	print "reset refs/bench/run\n"
	printf ":%d refs/jci-runs/%s/%s\n", NR + 10, $1, id > refs
}
END { print "done" }
