#!/bin/sh
# Checks what `primes` prints against factor(1).

set -eu

echo '--- list'
"$JCI_REPO_ROOT/primes" 40 | tee primes.txt

echo '--- check'
while read -r n; do
	test "$(factor "$n")" = "$n: $n" || {
		echo "error: $n is no prime"
		exit 1
	}
done <primes.txt
