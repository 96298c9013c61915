/*
 * Keys: their names, and which action or command each stands for.
 *
 * A key is a character as it is ("j", "?", "é"), "^X" for a control character, "M-x" for one of
 * ASCII with Alt (but not [ and O, with which the sequences of other keys begin), or one of <Up>
 * <Down> <Left> <Right> <Home> <End> <PgUp> <PgDn> <Ins> <Del> <Backspace> <Tab> <S-Tab> <Enter>
 * <Esc> <Space> <F1> ... <F12>, case ignored within <>. There are no sequences of keys: what you
 * press is what happens.
 *
 * `jci.bind` in git config (any number of times) is "PANE KEY COMMAND": PANE one of commits, runs,
 * artifacts, viewer, all; COMMAND as on the command line (tui/command.h), "none" to take a key
 * away. Later ones win, and one for a pane wins over one for all.
 */
#ifndef JCI_TUI_KEYS_H
#define JCI_TUI_KEYS_H

#include "core/repo.h"
#include "tui/action.h"
#include "util/strbuf.h"

/* A key: a wide character, KEY_CODE | KEY_... of curses, KEY_ALT | a character of ASCII. */
typedef unsigned key;
enum { KEY_CODE = 1u << 24, KEY_ALT = 1u << 25 };
static const key KEY_NONE = 0;

/*
 * From what wget_wch(3X) gave; ^H, DEL and KEY_BACKSPACE are one, CR, LF and KEY_ENTER too.
 * KEY_NONE: a key of curses that has no name here.
 *
 * Terminals send Alt as ESC in front. Where Alt with c means something, the browser has told
 * curses so, as KEY_CURSES_ALT + c (define_key(3X)); else it comes as <Esc> and c.
 */
enum { KEY_CURSES_ALT = 2100 };
key key_from_curses(int code, bool is_key);
/* One key at the beginning of the text; bytes used, 0 where there is none. */
size_t key_parse(const char *text, key *k);
void key_add_name(struct strbuf *sb, key k);

struct keymap;
/*
 * The defaults and the user's. A wrong `jci.bind` is left out; the first one is JCI_EINVALID, and
 * the message says what is wrong with it. There is a map in either case.
 */
int keymap_new(struct keymap **out, const struct jci_repo *repo, struct jci_error *err);
void keymap_free(struct keymap *keys);
/* The command for a key in a pane: "search", "!make"; NULL: none. Borrowed. Of several panes the
 * first that has one.
 */
const char *keymap_find(const struct keymap *keys, unsigned scope, key k);
/* Appends the keys of an action in a scope, as in "j, <Down>"; nothing where it has none. */
void keymap_add_keys(const struct keymap *keys, unsigned scope, enum action_id id,
		     struct strbuf *sb);
/* The first of them, for hints; "" where it has none. */
void keymap_add_first(const struct keymap *keys, unsigned scope, enum action_id id,
		      struct strbuf *sb);
/* Calls each of the user's bindings to commands of his own, for the help. */
void keymap_each_custom(const struct keymap *keys,
			void (*each)(void *ctx, unsigned scope, key k, const char *command),
			void *ctx);

/* ---- for people (tui/keydoc.c) ---- */

/* All actions with their default keys, a line each; what `git jci help --keys` prints. */
void keys_add_text(struct strbuf *sb);
/* The same in mdoc, for git-jci-browser(7); `git jci help --keys --mdoc`. */
void keys_add_mdoc(struct strbuf *sb);

#endif
