#include "util/fault.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#ifdef JCI_FAULT_INJECTION
void fault_point(const char *name)
{
	static long passed;
	const char *wanted = getenv("JCI_FAULT");
	size_t len = wanted ? strcspn(wanted, ":") : 0;

	if (!wanted || (strncmp(wanted, "any:", 4) != 0 &&
			(strlen(name) != len || strncmp(wanted, name, len) != 0)))
		return;
	if (++passed >= (wanted[len] ? atol(wanted + len + 1) : 1))
		raise(SIGKILL);
}
#else
/* ISO C wants a translation unit to declare something */
typedef int fault_points_are_left_out;
#endif
