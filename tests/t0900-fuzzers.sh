#!/bin/sh
# Every fuzzer, for a fixed number of inputs from a fixed seed. To fuzz for longer, start the
# program by hand: tests/fuzz/fuzz-NAME CORPUS.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

built_with JCI_FUZZERS || skip_all 'built without --enable-fuzzers'

for source in "$top_srcdir"/tests/fuzz/fuzz-*.c; do
	test -e "$source" || skip_all 'there are no fuzzers'
	fuzzer=$(basename "$source" .c)
	it "$fuzzer finds nothing in ${FUZZ_RUNS:=20000} inputs" <<'EOT'
mkdir corpus
cp "$top_srcdir/tests/fuzz/corpus/${fuzzer#fuzz-}"/* corpus
"$top_builddir/tests/fuzz/$fuzzer" -seed=1 -runs="$FUZZ_RUNS" -timeout=20 -verbosity=0 corpus
EOT
done

finish
