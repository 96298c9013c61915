/* The header Range, as far as it asks for one range of bytes (RFC 9110, 14.2). */
#ifndef JCI_WEB_RANGE_H
#define JCI_WEB_RANGE_H

#include <stdint.h>

enum web_range {
	WEB_RANGE_NONE,  /* no such header, or not of that form: all of it is sent */
	WEB_RANGE_SOME,  /* [*from, *to) */
	WEB_RANGE_WRONG, /* nothing of it is within the size: 416 */
};
enum web_range web_range_parse(const char *header, uint64_t size, uint64_t *from, uint64_t *to);

#endif
