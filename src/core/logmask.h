/*
 * Makes two logs comparable: what differs between any two runs of one script is replaced by a
 * mark, so that a comparison shows what the change did. Masked, anywhere in a line:
 *
 *	<time>	    dates and times of day: ISO 8601 (also with a space for the T, or slashes as Go
 *		    logs them), syslog, date(1), RFC 5322; a time alone only as HH:MM:SS, because
 *		    12:34 is a line and a column more often
 *	<duration>  a number with a unit: `1.23s`, `12 ms`, `3 seconds`, `0m4.2s`; a single unit of
 *		    minutes or hours must be a word (`5 min`), because 5m may be metres
 *	<hash>	    hexadecimal ids of 7 digits and more with both a letter and a digit, and UUIDs
 *	<pid>	    the number in `pid 123`, `pid=123`, `pid: 123`, `[123]`
 *	<address>   0x and 6 hexadecimal digits or more: smaller ones are constants
 *	<tmp>	    the name right below /tmp or /var/tmp, and those below it that end in a number
 *		    (`/tmp/pytest-of-me/pytest-3/x` becomes `<tmp>/x`); of any absolute path the
 *part up to a name that begins with `git-jci-` or is a run id, as output folders and temporary work
 *trees have <run>	    run ids
 *
 * Escape sequences (CSI, so SGR too) are removed; of a line with carriage returns only the last
 * state stays.
 */
#ifndef JCI_CORE_LOGMASK_H
#define JCI_CORE_LOGMASK_H

#include "util/strbuf.h"

/* Appends the masked form of the line (without its newline) to out. */
void jci_log_mask_line(struct strbuf *out, const char *line, size_t len);
/* The same for a whole text, line by line. */
void jci_log_mask(struct strbuf *out, const char *text, size_t len);

#endif
