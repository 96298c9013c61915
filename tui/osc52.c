/* The clipboard: term_copy() of tui/term.h. */
#include "tui/term.h"

#include <openssl/evp.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/process.h"
#include "util/strbuf.h"

/* screen(1) keeps that much of one DCS string. */
enum { SCREEN_CHUNK = 760 };

static void add_osc52(struct strbuf *sb, const char *text, size_t len)
{
	size_t size = (len + 2) / 3 * 4;

	strbuf_addstr(sb, "\033]52;c;");
	strbuf_grow(sb, size);
	EVP_EncodeBlock((unsigned char *)sb->buf + sb->len, (const unsigned char *)text, (int)len);
	strbuf_setlen(sb, sb->len + size);
	strbuf_addch(sb, '\a');
}

/* Handed on by tmux where allow-passthrough is on, by tmux before 3.3 always. */
static void wrap_for_tmux(struct strbuf *sb, const struct strbuf *osc)
{
	strbuf_addstr(sb, "\033Ptmux;\033");
	strbuf_add(sb, osc->buf, osc->len);
	strbuf_addstr(sb, "\033\\");
}

static void wrap_for_screen(struct strbuf *sb, const struct strbuf *osc)
{
	for (size_t at = 0; at < osc->len; at += SCREEN_CHUNK) {
		size_t n = osc->len - at;

		strbuf_addstr(sb, "\033P");
		strbuf_add(sb, osc->buf + at, n < SCREEN_CHUNK ? n : SCREEN_CHUNK);
		strbuf_addstr(sb, "\033\\");
	}
}

/*
 * tmux as it comes (set-clipboard external) takes OSC 52 from nobody; what its own command puts on
 * its clipboard it sends to the terminal as well. An argument of tmux ends at 16 kB, a pipe
 * doesn't.
 */
static void tell_tmux(const char *text, size_t len)
{
	cleanup_free char *copy = xstrndup(text, len);
	const char *script = "printf %s \"$1\" | tmux load-buffer -w -";
	const char *argv[] = {"sh", "-c", script, "sh", copy, NULL};
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	process_detach(&(struct process){.argv = argv, .out = -1}, &err);
}

static bool is_screen(void)
{
	const char *type = getenv("TERM");

	return getenv("STY") && type && !strncmp(type, "screen", 6);
}

int term_copy(const char *text, size_t len, struct jci_error *err)
{
	cleanup_strbuf struct strbuf osc = STRBUF_INIT, sb = STRBUF_INIT;

	if (len > TERM_COPY_MAX)
		return jci_error_set(err, JCI_EINVALID,
				     _("too long for the terminal's clipboard: %zu bytes, "
				       "at most %d are taken"),
				     len, TERM_COPY_MAX);
	add_osc52(&osc, text, len);
	if (getenv("TMUX")) {
		tell_tmux(text, len);
		wrap_for_tmux(&sb, &osc);
	} else if (is_screen()) {
		wrap_for_screen(&sb, &osc);
	} else {
		strbuf_add(&sb, osc.buf, osc.len);
	}
	if (write_full(STDOUT_FILENO, sb.buf, sb.len) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot write to the terminal"));
	return 0;
}
