/* Prints the primes up to N: primes N */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static void sieve(bool *composite, size_t last)
{
	for (size_t n = 2; n * n <= last; n++)
		for (size_t m = n * n; !composite[n] && m <= last; m += n)
			composite[m] = true;
}

int main(int argc, char **argv)
{
	char *end;
	unsigned long last = argc == 2 ? strtoul(argv[1], &end, 10) : 0;
	bool *composite;

	if (last == 0 || last > 100000000 || *end) {
		fputs("usage: primes N\n", stderr);
		return 2;
	}
	composite = calloc(last + 1, sizeof(*composite));
	if (!composite) {
		perror("primes");
		return 1;
	}
	sieve(composite, last);
	for (size_t n = 2; n <= last; n++)
		if (!composite[n])
			printf("%zu\n", n);
	free(composite);
	return 0;
}
