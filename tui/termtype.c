#include "tui/termtype.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curses.h>
#include <term.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "util/program.h"

static const char *capability(const char *name)
{
	const char *s = tigetstr(name);

	return s == (const char *)-1 ? NULL : s;
}

void termtype_library_version(struct library_version *v)
{
	char built[sizeof(v->built)];

	snprintf(built, sizeof(built), "%s.%d", NCURSES_VERSION, NCURSES_VERSION_PATCH);
	library_version_set(v, "ncurses", built, curses_version() + strlen("ncurses "));
}

/*
 * Of a terminal that this system does not know, the bundle that this program came in may know. What
 * the browser starts is told as well where that is.
 */
static bool look_in_bundle(void)
{
	cleanup_free char *folder = program_bundle_path("share/terminfo"), *folders = NULL;
	const char *others = getenv("TERMINFO_DIRS");

	if (!folder)
		return false;
	folders = xasprintf("%s:%s", others ? others : "", folder);
	setenv("TERMINFO_DIRS", folders, 1);
	return true;
}

/* As setupterm(3X): -1 there is no terminfo, 0 it has no such terminal, 1 it has. */
static int find_terminal(void)
{
	int known = -1;

	if (setupterm(NULL, STDOUT_FILENO, &known) == OK)
		return 1;
	return known;
}

int termtype_check(struct jci_error *err)
{
	const char *name = getenv("TERM");
	int known;
	bool moves;

	if (!name || !*name)
		return jci_error_set(err, JCI_EINVALID,
				     _("TERM is not set; try 'TERM=xterm-256color git jci'"));
	known = find_terminal();
	if (known <= 0 && look_in_bundle())
		known = find_terminal();
	if (known < 0)
		return jci_error_set(err, JCI_EINVALID,
				     _("no descriptions of terminals (terminfo) are installed"));
	if (known == 0)
		return jci_error_set(err, JCI_EINVALID,
				     _("terminal '%s' is not known here; "
				       "try 'TERM=xterm-256color git jci'"),
				     name);
	moves = capability("cup") != NULL;
	del_curterm(cur_term);
	if (!moves)
		return jci_error_set(err, JCI_EINVALID,
				     _("terminal '%s' can't place its cursor; "
				       "use 'git jci log' there"),
				     name);
	return 0;
}

/*
 * On the console of Linux curses would take the mouse from gpm(8): by a library that it loads, and
 * a descriptor that nobody watches.
 */
bool termtype_has_mouse(void)
{
	return capability("kmous") && strncmp(getenv("TERM"), "linux", 5) != 0;
}

/* Terminals with a mouse are of xterm's kind: they know it, whether or not terminfo says so. */
bool termtype_knows_paste(void)
{
	return capability("BE") || termtype_has_mouse();
}

bool termtype_is_ansi(void)
{
	const char *cup = capability("cup");

	return cup && !strncmp(cup, "\033[", 2);
}

/* Without the padding that terminfo asks for: no terminal of today needs it. */
static void add_capability(struct strbuf *sb, const char *s)
{
	while (s && *s) {
		size_t len = 1;
		const char *end = s[0] == '$' && s[1] == '<' ? strchr(s, '>') : NULL;

		if (end)
			len = (size_t)(end - s) + 1;
		else
			strbuf_addch(sb, *s);
		s += len;
	}
}

void termtype_add_restore(struct strbuf *sb, int last_row)
{
	const char *cup = capability("cup");

	if (termtype_has_mouse())
		strbuf_addstr(sb, "\033[?1006l\033[?1000l");
	add_capability(sb, capability("sgr0"));
	add_capability(sb, capability("op"));
	if (cup)
		add_capability(sb, tparm(cup, last_row, 0));
	add_capability(sb, capability("rmcup"));
	add_capability(sb, capability("rmkx"));
	add_capability(sb, capability("cnorm"));
	strbuf_addstr(sb, "\r\n");
}
