#include "tui/keys.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curses.h>

#include "core/config.h"
#include "tui/command.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/text.h"

/* ---- names ---- */

enum { CTRL_H = 8, TAB = 9, LF = 10, CR = 13, ESC = 27, SPACE = 32, DEL = 127 };
enum { FUNCTION_KEYS = 12 };

/* The first name of a key is the one that is printed. */
static const struct key_name {
	const char *name;
	key k;
} key_names[] = {
	{"Up", KEY_CODE | KEY_UP},
	{"Down", KEY_CODE | KEY_DOWN},
	{"Left", KEY_CODE | KEY_LEFT},
	{"Right", KEY_CODE | KEY_RIGHT},
	{"Home", KEY_CODE | KEY_HOME},
	{"End", KEY_CODE | KEY_END},
	{"PgUp", KEY_CODE | KEY_PPAGE},
	{"PgDn", KEY_CODE | KEY_NPAGE},
	{"Ins", KEY_CODE | KEY_IC},
	{"Del", KEY_CODE | KEY_DC},
	{"Backspace", KEY_CODE | KEY_BACKSPACE},
	{"Tab", TAB},
	{"S-Tab", KEY_CODE | KEY_BTAB},
	{"Enter", CR},
	{"Esc", ESC},
	{"Space", SPACE},
};

/* What terminals send besides for the same: other bytes, and the keys of a number pad. */
static const struct {
	key from, to;
} same_keys[] = {
	{CTRL_H, KEY_CODE | KEY_BACKSPACE},
	{DEL, KEY_CODE | KEY_BACKSPACE},
	{LF, CR},
	{KEY_CODE | KEY_ENTER, CR},
	{KEY_CODE | KEY_FIND, KEY_CODE | KEY_HOME},
	{KEY_CODE | KEY_SELECT, KEY_CODE | KEY_END},
	{KEY_CODE | KEY_A1, KEY_CODE | KEY_HOME},
	{KEY_CODE | KEY_A3, KEY_CODE | KEY_PPAGE},
	{KEY_CODE | KEY_C1, KEY_CODE | KEY_END},
	{KEY_CODE | KEY_C3, KEY_CODE | KEY_NPAGE},
};

static const char *name_of(key k)
{
	for (size_t i = 0; i < ARRAY_SIZE(key_names); i++)
		if (key_names[i].k == k)
			return key_names[i].name;
	return NULL;
}

static bool is_function_key(key k)
{
	return k > (KEY_CODE | KEY_F0) && k <= (KEY_CODE | (KEY_F0 + FUNCTION_KEYS));
}

/* Can it be told from <Esc> and the key, with Alt? */
static bool goes_with_alt(key k)
{
	return k > SPACE && k < DEL && k != '[' && k != 'O';
}

key key_from_curses(int code, bool is_key)
{
	key k = is_key ? KEY_CODE | (key)code : (key)code;

	if (is_key && code > KEY_CURSES_ALT && goes_with_alt((key)(code - KEY_CURSES_ALT)))
		return KEY_ALT | (key)(code - KEY_CURSES_ALT);
	for (size_t i = 0; i < ARRAY_SIZE(same_keys); i++)
		if (same_keys[i].from == k)
			return same_keys[i].to;
	return !is_key || name_of(k) || is_function_key(k) ? k : KEY_NONE;
}

/* "F1" to "F12". */
static key parse_function_key(const char *name, size_t len)
{
	int n = 0;

	if (len < 2 || len > 3 || (name[0] != 'F' && name[0] != 'f') || name[1] == '0')
		return KEY_NONE;
	for (size_t i = 1; i < len; i++) {
		if (name[i] < '0' || name[i] > '9')
			return KEY_NONE;
		n = n * 10 + (name[i] - '0');
	}
	return n <= FUNCTION_KEYS ? KEY_CODE | (key)(KEY_F0 + n) : KEY_NONE;
}

static key parse_name(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(key_names); i++)
		if (strlen(key_names[i].name) == len &&
		    strncasecmp(key_names[i].name, name, len) == 0)
			return key_names[i].k;
	return parse_function_key(name, len);
}

/* The character of a UTF-8 sequence that is right. */
static key decode(const char *text, size_t len)
{
	static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	key k = (unsigned char)text[0] & masks[len];

	for (size_t i = 1; i < len; i++)
		k = k << 6 | ((unsigned char)text[i] & 0x3f);
	return k;
}

static void encode(struct strbuf *sb, key k)
{
	if (k < 0x80) {
		strbuf_addch(sb, (char)k);
		return;
	}
	if (k >= 0x10000)
		strbuf_addch(sb, (char)(0xf0 | k >> 18));
	if (k >= 0x800)
		strbuf_addch(sb, (char)((k >= 0x10000 ? 0x80 : 0xe0) | (k >> 12 & 0x3f)));
	strbuf_addch(sb, (char)((k >= 0x800 ? 0x80 : 0xc0) | (k >> 6 & 0x3f)));
	strbuf_addch(sb, (char)(0x80 | (k & 0x3f)));
}

/* "<Up>": what begins like a name is one, or no key at all; a '<' before anything else is itself.
 */
static size_t parse_bracket(const char *text, key *k)
{
	size_t len = strspn(text + 1, "-0123456789"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

	if (len == 0 || text[len + 1] != '>') {
		*k = '<';
		return 1;
	}
	*k = parse_name(text + 1, len);
	return *k != KEY_NONE ? len + 2 : 0;
}

/* A character, or '^' and the letter of a control character. */
static size_t parse_character(const char *text, key *k)
{
	size_t len = utf8_sequence(text, strnlen(text, 4));
	key c = len > 0 ? decode(text, len) : KEY_NONE;

	if (c == '^' && (strchr("?[\\]^_", text[1]) || isalpha((unsigned char)text[1])) &&
	    text[1]) {
		c = text[1] == '?' ? DEL : (key)text[1] & 0x1f;
		len = 2;
	}
	if (c == KEY_NONE || (c >= 0x80 && c < 0xa0))
		return 0;
	*k = key_from_curses((int)c, false);
	return len;
}

size_t key_parse(const char *text, key *k)
{
	if (strncmp(text, "M-", 2) == 0 && goes_with_alt((unsigned char)text[2])) {
		*k = KEY_ALT | (key)text[2];
		return 3;
	}
	return *text == '<' ? parse_bracket(text, k) : parse_character(text, k);
}

void key_add_name(struct strbuf *sb, key k)
{
	key plain = k & ~(key)KEY_ALT;
	const char *name = name_of(plain);

	if (k & KEY_ALT)
		strbuf_addstr(sb, "M-");
	if (name)
		strbuf_addf(sb, "<%s>", name);
	else if (is_function_key(plain))
		strbuf_addf(sb, "<F%u>", plain - (KEY_CODE | KEY_F0));
	else if (plain < SPACE)
		strbuf_addf(sb, "^%c", (char)(plain + '@'));
	else if (plain < KEY_CODE)
		encode(sb, plain);
}

/* ---- bindings ---- */

enum { PANES = 4 };

static const struct {
	const char *name;
	unsigned scope;
} scopes[] = {
	{"commits", SCOPE_COMMITS}, {"runs", SCOPE_RUNS}, {"artifacts", SCOPE_FILES},
	{"viewer", SCOPE_VIEWER},   {"all", SCOPE_ALL},
};

struct binding {
	key k;
	enum action_id id; /* ACT_NONE: a command that is more than the name of an action */
	bool user;
	const char *command; /* of the table, or of keymap.commands */
};

/* One list a pane, in the order of the help; short, so that looking through it is fast. */
struct bindings {
	struct binding *items;
	size_t n, cap;
};

struct keymap {
	struct bindings panes[PANES];
	char **commands; /* the user's own */
	size_t n, cap;
};

void keymap_free(struct keymap *keys)
{
	if (!keys)
		return;
	for (size_t i = 0; i < PANES; i++)
		free(keys->panes[i].items);
	for (size_t i = 0; i < keys->n; i++)
		free(keys->commands[i]);
	free(keys->commands);
	free(keys);
}

static struct binding *find_in(const struct bindings *bindings, key k)
{
	for (size_t i = 0; i < bindings->n; i++)
		if (bindings->items[i].k == k)
			return &bindings->items[i];
	return NULL;
}

static void unbind(struct bindings *bindings, key k)
{
	struct binding *old = find_in(bindings, k);

	if (!old)
		return;
	bindings->n--;
	memmove(old, old + 1, (size_t)(bindings->items + bindings->n - old) * sizeof(*old));
}

static void bind_key(struct keymap *keys, unsigned scope, const struct binding *binding)
{
	for (unsigned pane = 0; pane < PANES; pane++) {
		struct bindings *bindings = &keys->panes[pane];

		if (!(scope & 1u << pane))
			continue;
		unbind(bindings, binding->k);
		if (!binding->command)
			continue;
		ARRAY_GROW(bindings->items, bindings->n + 1, bindings->cap);
		bindings->items[bindings->n++] = *binding;
	}
}

static void bind_defaults(struct keymap *keys)
{
	for (int id = ACT_NONE + 1; id < ACT_MAX; id++) {
		const char *at = actions[id].keys ? actions[id].keys : "";
		struct binding binding = {.id = (enum action_id)id, .command = actions[id].name};
		size_t used;

		while ((used = key_parse(at, &binding.k)) > 0) {
			at += used + strspn(at + used, " ");
			bind_key(keys, actions[id].scope, &binding);
		}
	}
}

/* ---- jci.bind ---- */

/* "PANE KEY COMMAND", taken apart. */
struct words {
	char *pane, *key_name;
	const char *command;
};

static void words_release(struct words *words)
{
	free(words->pane);
	free(words->key_name);
}

static void next_word(const char **text, char **word)
{
	size_t len = strcspn(*text, " \t");

	*word = xstrndup(*text, len);
	*text += len;
	*text += strspn(*text, " \t");
}

static int parse_scope(unsigned *scope, const char *name, struct jci_error *err)
{
	cleanup_strbuf struct strbuf names = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(scopes); i++) {
		*scope = scopes[i].scope;
		if (strcasecmp(scopes[i].name, name) == 0)
			return 0;
		strbuf_addf(&names, "%s%s", i > 0 ? ", " : "", scopes[i].name);
	}
	return jci_error_set(err, JCI_EINVALID, _("no pane '%s'; there are: %s"), name, names.buf);
}

/* Leaves the panes that the command is for. */
static int parse_binding(struct binding *binding, unsigned *scope, const struct words *words,
			 struct jci_error *err)
{
	cleanup_command struct command command = COMMAND_INIT;
	size_t len = strlen(words->key_name);

	if (parse_scope(scope, words->pane, err) < 0)
		return err->code;
	if (len == 0 || key_parse(words->key_name, &binding->k) != len)
		return jci_error_set(err, JCI_EINVALID, _("no key '%s'"), words->key_name);
	if (strcasecmp(words->command, "none") == 0)
		return 0;
	if (command_parse(&command, words->command, err) < 0)
		return err->code;
	binding->command = words->command;
	if (command.kind != COMMAND_ACTION)
		return 0;
	if (!(*scope & actions[command.id].scope))
		return jci_error_set(err, JCI_EINVALID, _("'%s' is nothing for the pane '%s'"),
				     actions[command.id].name, words->pane);
	*scope &= actions[command.id].scope;
	if (!command.arg) {
		binding->id = command.id;
		binding->command = actions[command.id].name;
	}
	return 0;
}

static int bind_user(struct keymap *keys, const char *value, bool for_all, struct jci_error *err)
{
	cleanup(words_release) struct words words = {NULL, NULL, NULL};
	struct binding binding = {.user = true};
	unsigned scope;

	value += strspn(value, " \t");
	next_word(&value, &words.pane);
	next_word(&value, &words.key_name);
	words.command = value;
	if ((strcasecmp(words.pane, "all") == 0) != for_all)
		return 0;
	if (!*words.command)
		return jci_error_set(err, JCI_EINVALID, _("must be PANE KEY COMMAND"));
	if (parse_binding(&binding, &scope, &words, err) < 0)
		return err->code;
	if (binding.command == words.command) {
		ARRAY_GROW(keys->commands, keys->n + 1, keys->cap);
		binding.command = keys->commands[keys->n++] = xstrdup(words.command);
	}
	bind_key(keys, scope, &binding);
	return 0;
}

struct reading {
	struct keymap *keys;
	bool for_all;
	struct jci_error *first; /* what is wrong with the first that is */
};

static int read_value(void *ctx, const char *value, struct jci_error *err)
{
	const struct reading *reading = ctx;
	cleanup_error struct jci_error wrong = JCI_ERROR_INIT;

	(void)err;
	if (bind_user(reading->keys, value, reading->for_all, &wrong) < 0 &&
	    !reading->first->message) {
		jci_error_prefix(&wrong, _("configuration 'jci.bind': '%s'"), value);
		*reading->first = wrong;
		wrong = (struct jci_error)JCI_ERROR_INIT;
	}
	return 0;
}

int keymap_new(struct keymap **out, const struct jci_repo *repo, struct jci_error *err)
{
	struct keymap *keys = *out = xcalloc(1, sizeof(*keys));
	struct reading all = {keys, true, err}, panes = {keys, false, err};

	bind_defaults(keys);
	if (jci_config_each(repo, "jci.bind", read_value, &all, err) == 0)
		jci_config_each(repo, "jci.bind", read_value, &panes, err);
	return err->message ? err->code : 0;
}

/* ---- looking up ---- */

const char *keymap_find(const struct keymap *keys, unsigned scope, key k)
{
	for (unsigned pane = 0; pane < PANES; pane++) {
		const struct binding *found =
			scope & 1u << pane ? find_in(&keys->panes[pane], k) : NULL;

		if (found)
			return found->command;
	}
	return NULL;
}

/* The first pane of a scope. */
static const struct bindings *bindings_of(const struct keymap *keys, unsigned scope)
{
	return &keys->panes[scope & SCOPE_ALL ? __builtin_ctz(scope & SCOPE_ALL) : 0];
}

static void add_keys(const struct keymap *keys, unsigned scope, enum action_id id, bool all,
		     struct strbuf *sb)
{
	const struct bindings *bindings = bindings_of(keys, scope);
	const char *between = "";

	for (size_t i = 0; i < bindings->n && (all || !*between); i++) {
		if (bindings->items[i].id != id)
			continue;
		strbuf_addstr(sb, between);
		key_add_name(sb, bindings->items[i].k);
		between = ", ";
	}
}

void keymap_add_keys(const struct keymap *keys, unsigned scope, enum action_id id,
		     struct strbuf *sb)
{
	add_keys(keys, scope, id, true, sb);
}

void keymap_add_first(const struct keymap *keys, unsigned scope, enum action_id id,
		      struct strbuf *sb)
{
	add_keys(keys, scope, id, false, sb);
}

/* The panes from `pane` on in which the key stands for the same command. */
static unsigned panes_with(const struct keymap *keys, unsigned pane, const struct binding *binding)
{
	unsigned scope = 0;

	for (; pane < PANES; pane++) {
		const struct binding *other = find_in(&keys->panes[pane], binding->k);

		if (other && other->user && strcmp(other->command, binding->command) == 0)
			scope |= 1u << pane;
	}
	return scope;
}

void keymap_each_custom(const struct keymap *keys,
			void (*each)(void *ctx, unsigned scope, key k, const char *command),
			void *ctx)
{
	for (unsigned pane = 0; pane < PANES; pane++) {
		const struct bindings *bindings = &keys->panes[pane];

		for (size_t i = 0; i < bindings->n; i++) {
			const struct binding *binding = &bindings->items[i];
			unsigned scope = panes_with(keys, 0, binding);

			/* Told where it is met first. */
			if (binding->user && binding->id == ACT_NONE &&
			    scope == panes_with(keys, pane, binding))
				each(ctx, scope, binding->k, binding->command);
		}
	}
}
