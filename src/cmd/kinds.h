/*
 * What operands and values of options can be, as their declarations call it: alternatives with '|'
 * between, each a word or, in angle brackets, a kind from the table in kinds.c: "ls|sync", "<run>".
 */
#ifndef JCI_CMD_KINDS_H
#define JCI_CMD_KINDS_H

#include "cmd/candidates.h"
#include "core/repo.h"

struct complete {
	struct candidates *list;
	struct jci_repo repo; /* opened when it is needed first; git is NULL where there is none */
	bool looked;          /* for it */
	bool elsewhere;       /* git is told to work in another folder (-C) */
	char **operands;      /* before the one at the cursor */
	size_t n;
};

/* NULL: there is none. */
const struct jci_repo *kinds_repo(struct complete *c);
/* Adds all that a declaration of `len` bytes says. */
void kinds_add(struct complete *c, const char *what, size_t len);
/* Whether that declaration allows the word: one of its words, or anything if it has a kind. */
bool kinds_allow(const char *what, size_t len, const char *word);

#endif
