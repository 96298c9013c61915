/*
 * The line at the bottom where the user types: commands, patterns, answers. Keys are those of
 * readline(3): ^A ^E ^B ^F ^H ^D ^K ^U ^W, arrows, Up and Down through what was typed before at
 * prompts of the same kind, Tab to complete, Esc or ^C to give up, Enter to accept. Pasted text
 * (bracketed or not) with a newline in it is not accepted by itself.
 */
#ifndef JCI_TUI_PROMPT_H
#define JCI_TUI_PROMPT_H

#include "tui/command.h"
#include "tui/tui.h"

struct prompt_ops {
	const char *label; /* in front: ":" , "/" */
	const char *kind;  /* whose history: "command", "search", ...; NULL: none */
	void (*changed)(struct tui *tui, const char *text, void *ctx); /* each key; may be NULL */
	void (*complete)(struct tui *tui, const char *text, struct completions *c, void *ctx);
	void (*accept)(struct tui *tui, const char *text, void *ctx);
	void (*cancel)(struct tui *tui, void *ctx); /* may be NULL */
};
void prompt_open(struct tui *tui, const struct prompt_ops *ops, const char *initial, void *ctx);

/* A question answered by one key: `yes` for y, anything else is no. release as in overlay.h. */
void prompt_confirm(struct tui *tui, const char *question, void (*yes)(struct tui *tui, void *ctx),
		    void (*release)(void *ctx), void *ctx);
/* Asks for one more key (mark): `got` gets it, Esc gives up. */
void prompt_key(struct tui *tui, const char *label, void (*got)(struct tui *tui, key k, void *ctx),
		void *ctx);

#endif
