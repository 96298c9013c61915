/*
 * What a terminal sends for a key, by its name (tui/keys.h), and for the mouse.
 */
#ifndef JCI_TESTS_TUI_KEYBYTES_H
#define JCI_TESTS_TUI_KEYBYTES_H

#include <stdbool.h>

#include "util/strbuf.h"

/* A word: "j", "^D", "M-x", "<PgDn>"; of terminal `type`. False where there is no such key. */
bool keybytes_add(struct strbuf *sb, const char *type, const char *word);
/* Button 0 (left) to 2, 64 and 65 (the wheel, up and down); rows and columns from 1. */
void keybytes_add_mouse(struct strbuf *sb, int button, int row, int column);

#endif
