/* git jci web: the page for teammates. */
#include "cmd/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/interrupt.h"
#include "cmd/print.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/process.h"
#include "web/access.h"
#include "web/web.h"

enum {
	DEFAULT_PORT = 8000,
	DEFAULT_CONNECTIONS = 1000,
	MAX_TOKEN = 4096,
	DEFAULT_TIMEOUT_US = 20 * 1000 * 1000,
	MAX_TIMEOUT_S = 24 * 60 * 60
};

struct serve {
	struct web_options web;
	const char *token_file;
	bool no_auth, open;
};

static bool is_loopback(const char *address)
{
	return strcmp(address, "localhost") == 0 || strncmp(address, "127.", 4) == 0 ||
	       strcmp(address, "::1") == 0;
}

/* ---- options ---- */

static int parse_port(const char *s, unsigned *port, struct jci_error *err)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(s, &end, 10);
	if (s[strspn(s, "0123456789")] || !*s || errno || n > 65535)
		return jci_error_set(err, JCI_EINVALID,
				     _("'%s' is no port; it is a number up to 65535"), s);
	*port = (unsigned)n;
	return 0;
}

/* The first line of the file, which is better not everybody's to read. */
static int read_token(const char *path, struct strbuf *token, struct jci_error *err)
{
	if (read_file_at(AT_FDCWD, path, token, MAX_TOKEN) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read the token from '%s'"), path);
	strbuf_setlen(token, strcspn(token->buf, "\r\n"));
	return 0;
}

/* From elsewhere nobody gets more than a quarter of what there is. */
static void set_limits(struct http_options *listen, int connections, int64_t timeout_us)
{
	int64_t seconds = (timeout_us + 999999) / 1000000;

	listen->connections = connections > 0 ? (unsigned)connections : 1;
	if (!is_loopback(listen->address))
		listen->connections_per_address = (listen->connections + 3) / 4;
	listen->timeout_s =
		(unsigned)(seconds <= 0 || seconds > MAX_TIMEOUT_S ? MAX_TIMEOUT_S : seconds);
}

static int check(const struct serve *s, struct jci_error *err)
{
	const struct web_options *web = &s->web;

	if (web->token && !web_token_is_valid(web->token))
		return jci_error_set(err, JCI_EINVALID,
				     _("a token is made of letters, digits and the characters "
				       "-._~ alone"));
	if (web->base[0] && (web->base[0] != '/' || web->base[strlen(web->base) - 1] == '/'))
		return jci_error_set(err, JCI_EINVALID,
				     _("'%s' is no base path; it is of the form /ci"), web->base);
	if (!is_loopback(web->listen.address) && !web->token && !s->no_auth)
		return jci_error_set(err, JCI_EINVALID,
				     _("whoever reaches '%s' could read everything; give a token "
				       "with --token-file, or let everybody in with --no-auth"),
				     web->listen.address);
	return 0;
}

/* ---- serving ---- */

/* git's own way to a browser, by its configuration (git-web--browse(1)). */
static int open_browser(const char *url, const char *token, struct jci_error *err)
{
	cleanup_strbuf struct strbuf full = STRBUF_INIT;
	const char *argv[] = {"git", "web--browse", NULL, NULL};

	strbuf_addf(&full, token ? "%s?token=%s" : "%s", url, token);
	argv[2] = full.buf;
	return process_detach(&(struct process){.argv = argv, .out = -1}, err);
}

static void wait_for_signal(int event)
{
	struct pollfd fd = {.fd = event, .events = POLLIN};

	while (!interrupt_signal())
		poll(&fd, 1, -1);
}

static int serve(const struct serve *s, struct jci_error *err)
{
	cleanup_web struct web *web = NULL;
	cleanup_free char *url = NULL;
	int event = interrupt_begin(NULL);

	if (event < 0) {
		jci_error_errno(err, JCI_EFAIL, _("cannot watch for signals"));
		return cmd_fail(err);
	}
	if (web_start(&web, &s->web, err) < 0)
		return cmd_fail(err);
	url = web_url(web);
	printf(_("listening on %s\n"), url);
	fflush(stdout);
	if (s->no_auth && !s->web.token && !is_loopback(s->web.listen.address))
		cmd_note(_("warning: whoever reaches this address can read all runs and logs; no "
			   "token is asked for"));
	if (s->open && open_browser(url, s->web.token, err) < 0) {
		cmd_note("%s", err->message);
		jci_error_clear(err);
	}
	wait_for_signal(event);
	return print_end(STATUS_OK);
}

static int run_web(const struct jci_command *self, int argc, char **argv)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;
	cleanup_repo struct jci_repo repo = JCI_REPO_INIT;
	cleanup_strbuf struct strbuf token = STRBUF_INIT;
	int64_t timeout = DEFAULT_TIMEOUT_US;
	int connections = DEFAULT_CONNECTIONS, status;
	struct serve s = {.web.base = "",
			  .web.listen = {.address = "127.0.0.1", .port = DEFAULT_PORT}};
	const struct option_spec options[] = {
		{0, "listen", OPT_STRING, &s.web.listen.address, N_("ADDR"),
		 N_("listen on this address, not on 127.0.0.1 (0.0.0.0 and ::: on all)"),
		 "127.0.0.1|0.0.0.0|::1|::"},
		{0, "token", OPT_STRING, &s.web.token, N_("T"),
		 N_("ask for this token; other users of this host can see it here")},
		{0, "token-file", OPT_STRING, &s.token_file, N_("FILE"),
		 N_("ask for the token in the first line of FILE"), "<file>"},
		{0, "no-auth", OPT_FLAG, &s.no_auth, NULL,
		 N_("let in whoever reaches another address than loopback")},
		{0, "host", OPT_STRING, &s.web.hosts, N_("NAME,..."),
		 N_("further names under which clients may ask for this server")},
		{0, "base-path", OPT_STRING, &s.web.base, N_("PATH"),
		 N_("the path under which a reverse proxy has it, such as /ci")},
		{0, "connections", OPT_INT, &connections, N_("N"),
		 N_("serve at most N connections at a time (1000)")},
		{0, "timeout", OPT_DURATION, &timeout, N_("D"),
		 N_("close connections that send no whole request for so long (20s)")},
		{0, "open", OPT_FLAG, &s.open, NULL, N_("open the page in a browser")},
		OPTIONS_END};

	if (!cmd_options(self, options, &argc, argv, 0, 1, &status))
		return status;
	if ((argc > 1 && parse_port(argv[1], &s.web.listen.port, &err) < 0)) {
		cmd_note("%s", err.message);
		return STATUS_USAGE;
	}
	if (s.token_file) {
		if (read_token(s.token_file, &token, &err) < 0)
			return cmd_fail(&err);
		s.web.token = token.buf;
	}
	if (check(&s, &err) < 0) {
		cmd_note("%s", err.message);
		return STATUS_USAGE;
	}
	set_limits(&s.web.listen, connections, timeout);
	if (jci_repo_open(&repo, &err) < 0)
		return cmd_fail(&err);
	status = serve(&s, &err);
	return interrupt_end(status);
}

const struct jci_command cmd_web = {
	.name = "web",
	.synopsis = "[--listen ADDR] [--token T | --token-file FILE | --no-auth] [--host NAME,...] "
		    "[--base-path PATH] [--connections N] [--timeout D] [--open] [PORT]",
	.summary = N_("show runs and their artifacts in a web browser"),
	.run = run_web,
};
