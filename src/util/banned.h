/*
 * Functions that are easy to get wrong don't compile here. Every .c file gets this header from
 * the compiler's command line (see Makefile.am), after the system's own.
 */
#ifndef JCI_UTIL_BANNED_H
#define JCI_UTIL_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BANNED(name, instead) use_##instead##_instead_of_##name

#undef strcpy
#define strcpy(x, y) BANNED(strcpy, xstrdup)
#undef strcat
#define strcat(x, y) BANNED(strcat, strbuf)
#undef strncpy
#define strncpy(x, y, n) BANNED(strncpy, memcpy)
#undef strncat
#define strncat(x, y, n) BANNED(strncat, strbuf)
#undef sprintf
#define sprintf(...) BANNED(sprintf, snprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf, vsnprintf)
#undef strtok
#define strtok(x, y) BANNED(strtok, strchr)
#undef gmtime
#define gmtime(t) BANNED(gmtime, gmtime_r)
#undef localtime
#define localtime(t) BANNED(localtime, localtime_r)
#undef ctime
#define ctime(t) BANNED(ctime, time_add_local)
#undef asctime
#define asctime(t) BANNED(asctime, time_add_local)
#undef system
#define system(c) BANNED(system, process_run)
#undef popen
#define popen(c, m) BANNED(popen, process_capture)

#endif
