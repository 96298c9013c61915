/*
 * Tickets: what lets a document in a sandboxed frame have the other files of its run. Such a frame
 * has an origin of its own, so that the browser sends no cookie with what it asks for, and counts
 * it as somebody else's. A ticket is good for the files of one run, for as long as this server
 * lives, and can't be guessed.
 */
#ifndef JCI_WEB_TICKET_H
#define JCI_WEB_TICKET_H

#include <stdbool.h>

enum { WEB_TICKET_KEY = 32, WEB_TICKET_SIZE = 33 };

struct web_ticket_key {
	unsigned char bytes[WEB_TICKET_KEY];
};
/* A new one. */
void web_ticket_key_init(struct web_ticket_key *key);
/* For a commit and a run id, both in the one way that they are written. */
void web_ticket_make(const struct web_ticket_key *key, const char *commit, const char *run,
		     char ticket[WEB_TICKET_SIZE]);
bool web_ticket_is_good(const struct web_ticket_key *key, const char *commit, const char *run,
			const char *ticket);

#endif
