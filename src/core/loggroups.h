/*
 * Groups and sections of a log as a tree, from the marks of its index (core/logindex.h). A section
 * ends where the next one begins, and with the group that it is in; the line that ends a group is
 * the last one in it. What nothing ends goes on to the end of the log.
 */
#ifndef JCI_CORE_LOGGROUPS_H
#define JCI_CORE_LOGGROUPS_H

#include "core/logindex.h"

#define JCI_LOG_NO_GROUP SIZE_MAX

struct jci_log_group {
	uint64_t start; /* offset of its first line */
	uint64_t line;  /* the number of that one */
	uint64_t last;  /* the number of its last one; 0: not known yet */
	uint64_t
		limit; /* no line at or behind this offset is in it; UINT64_MAX: nothing ended it */
	size_t parent; /* index of the one around it, or JCI_LOG_NO_GROUP */
	unsigned depth; /* how many are around it */
	bool is_section;
	bool whole_line;   /* the limit is within its last line, which ends it */
	const char *title; /* the index's */
};

struct jci_log_groups {
	struct jci_log_group *items; /* by their starts */
	size_t n, cap;
};
#define JCI_LOG_GROUPS_INIT \
	{                   \
		NULL, 0, 0  \
	}
void jci_log_groups_make(struct jci_log_groups *groups, const struct jci_log_index *index);
void jci_log_groups_release(struct jci_log_groups *groups);
#define cleanup_log_groups cleanup(jci_log_groups_release)

#endif
