/* The server's settings: the environment. */
#include "server/server.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "server/allow.h"
#include "util/alloc.h"
#include "util/gettext.h"

enum {
	DEFAULT_PORT = 8700,
	MAX_JOBS = 1000,
	MAX_ATTEMPTS = 100,
	MAX_PEM = 1024 * 1024,
	SHORT_SECRET = 16
};

#define SECONDS INT64_C(1000000)
#define MINUTES (60 * SECONDS)

/* ---- Gitea ---- */

static void read_host(struct gitea_options *gitea, struct env *env)
{
	const char *host = env_need(env, "GITEA_HOST");
	cleanup_strbuf struct strbuf url = STRBUF_INIT;

	if (!host)
		return;
	if (gitea_url(&url, host))
		gitea->url = env_own(env, strbuf_detach(&url, NULL));
	else
		env_problem(env, "GITEA_HOST",
			    _("'%s' is neither a host name nor a URL; it is of the form "
			      "gitea.example or https://gitea.example/path"),
			    host);
}

/* A header carries visible ASCII alone as it is. */
static const char *presentable(struct env *env, const char *name, const char *secret)
{
	for (const char *p = secret; p && *p; p++)
		if (*p <= ' ' || *p > '~') {
			env_problem(env, name,
				    _("has a blank or another character that a header of HTTP "
				      "cannot carry"));
			break;
		}
	return secret;
}

static void read_gitea(struct server_options *o, struct env *env)
{
	o->gitea.user = env_need(env, "GITEA_USER");
	o->gitea.token = presentable(env, "GITEA_TOKEN", env_need_secret(env, "GITEA_TOKEN"));
	o->gitea.ca_file = env_text(env, "JCI_GITEA_CA");
	if (o->gitea.ca_file && access(o->gitea.ca_file, R_OK) < 0)
		env_problem(env, "JCI_GITEA_CA", _("cannot read '%s'"), o->gitea.ca_file);
}

/* ---- secrets of ours ---- */

static bool same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static void read_secrets(struct server_options *o, struct env *env)
{
	o->webhook_secret = env_need_secret(env, "GITEA_WEBHOOK_SECRET");
	o->runner_secret =
		presentable(env, "JCI_RUNNER_SECRET", env_need_secret(env, "JCI_RUNNER_SECRET"));
	o->admin_token = presentable(env, "JCI_ADMIN_TOKEN", env_secret(env, "JCI_ADMIN_TOKEN"));
	if (same(o->admin_token, o->runner_secret) || same(o->admin_token, o->webhook_secret))
		env_problem(env, "JCI_ADMIN_TOKEN",
			    _("is the secret of runners or of the webhook too; make another one "
			      "with: openssl rand -hex 32"));
}

static void warn_of_secret(const struct server_options *o, const char *name, const char *secret)
{
	if (secret && strlen(secret) < SHORT_SECRET)
		event_log(&o->log, "config.weak", EVENT_TEXT("variable", name),
			  EVENT_TEXT("why", "the secret is short and can be guessed; make one "
					    "with: openssl rand -hex 32"));
}

static bool is_loopback(const char *address)
{
	return strcmp(address, "localhost") == 0 || strncmp(address, "127.", 4) == 0 ||
	       strcmp(address, "::1") == 0;
}

void server_options_warn(const struct server_options *o)
{
	warn_of_secret(o, "GITEA_WEBHOOK_SECRET", o->webhook_secret);
	warn_of_secret(o, "JCI_RUNNER_SECRET", o->runner_secret);
	warn_of_secret(o, "JCI_ADMIN_TOKEN", o->admin_token);
	if (!is_loopback(o->address) && !o->certificate)
		event_log(&o->log, "config.weak", EVENT_TEXT("variable", "JCI_LISTEN"),
			  EVENT_TEXT("why", "secrets come in plain HTTP from elsewhere; set "
					    "JCI_TLS_CERT and JCI_TLS_KEY, or let a reverse "
					    "proxy do TLS"));
}

/* ---- listening ---- */

static bool parse_port(const char *s, unsigned *port)
{
	unsigned n = 0;
	size_t len = strspn(s, "0123456789");

	if (len == 0 || len > 5 || s[len])
		return false;
	for (; *s; s++)
		n = n * 10 + (unsigned)(*s - '0');
	*port = n;
	return n <= 65535;
}

/* "127.0.0.1:8700", "localhost:8700", "[::1]:8700". */
static bool parse_listen(struct server_options *o, struct env *env, const char *text)
{
	const char *colon = strrchr(text, ':');
	const bool brackets = *text == '[';
	const char *end = brackets ? strchr(text, ']') : strchr(text, ':');

	if (!colon || !end || end + brackets != colon || end == text + brackets)
		return false;
	o->address = env_own(env, xstrndup(text + brackets, (size_t)(end - text - brackets)));
	return parse_port(colon + 1, &o->port);
}

static void read_listen(struct server_options *o, struct env *env)
{
	const char *text = env_text(env, "JCI_LISTEN");

	o->address = "127.0.0.1";
	o->port = DEFAULT_PORT;
	if (text && !parse_listen(o, env, text))
		env_problem(env, "JCI_LISTEN",
			    _("'%s' is no address with a port; it is of the form 127.0.0.1:8700 "
			      "or [::1]:8700"),
			    text);
	o->certificate = env_file(env, "JCI_TLS_CERT", MAX_PEM);
	o->key = env_file(env, "JCI_TLS_KEY", MAX_PEM);
	if (!env_text(env, "JCI_TLS_CERT") != !env_text(env, "JCI_TLS_KEY"))
		env_problem(env, env_text(env, "JCI_TLS_CERT") ? "JCI_TLS_KEY" : "JCI_TLS_CERT",
			    _("is not set; TLS needs the certificate and its key"));
}

/* ---- jobs ---- */

/* Only what is replaced may stand in braces, or a typing error would be in every status. */
static bool has_known_words(const char *url)
{
	static const char *const words[] = {"{owner}", "{repo}", "{commit}", "{run}", "{job}"};

	for (const char *p = url; (p = strpbrk(p, "{}")); p++) {
		size_t i = 0;

		while (i < ARRAY_SIZE(words) && strncmp(p, words[i], strlen(words[i])) != 0)
			i++;
		if (i == ARRAY_SIZE(words))
			return false;
		p += strlen(words[i]) - 1;
	}
	return true;
}

static void read_web_url(struct server_options *o, struct env *env)
{
	const char *text = env_text(env, "JCI_WEB_URL");
	char *url;

	if (!text)
		return;
	url = xstrdup(text);
	o->queue.web_url = env_own(env, url);
	if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
		env_problem(env, "JCI_WEB_URL", _("'%s' does not begin with http:// or https://"),
			    url);
	if (!has_known_words(url))
		env_problem(env, "JCI_WEB_URL",
			    _("in braces there can be: {owner} {repo} {commit} {run} {job}"));
	while (*url && url[strlen(url) - 1] == '/')
		url[strlen(url) - 1] = '\0';
}

static void read_queue(struct server_options *o, struct env *env)
{
	static const char *const supersede[] = {
		[SUPERSEDE_PENDING] = "pending",
		[SUPERSEDE_RUNNING] = "running",
		[SUPERSEDE_NONE] = "none",
		NULL,
	};
	struct queue_options *q = &o->queue;

	q->path = env_state_file(env, "JCI_DB", "server.db");
	q->lease_us = env_duration(env, "JCI_LEASE", 2 * MINUTES);
	q->timeout_us = env_duration(env, "JCI_JOB_TIMEOUT", 60 * MINUTES);
	q->max_attempts = (int)env_int(env, "JCI_MAX_ATTEMPTS", 3, 1, MAX_ATTEMPTS);
	q->max_jobs = (int)env_int(env, "JCI_MAX_JOBS", 4, 1, MAX_JOBS);
	q->supersede = (enum queue_supersede)env_word(env, "JCI_SUPERSEDE", supersede);
	o->catch_up_us = env_duration(env, "JCI_CATCH_UP", 5 * MINUTES);
	read_web_url(o, env);
}

static void read_repositories(struct server_options *o, struct env *env)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	o->repositories = env_text(env, "JCI_REPOSITORIES");
	if (o->repositories && allow_check(o->repositories, &err) < 0)
		env_problem(env, "JCI_REPOSITORIES", "%s", err.message);
}

static void read_credentials(struct server_options *o, struct env *env)
{
	static const char *const credentials[] = {"token", "deploy-key", NULL};

	o->deploy_keys = env_word(env, "JCI_JOB_CREDENTIALS", credentials) == 1;
	o->queue.deploy_keys = o->deploy_keys;
	o->known_hosts = env_file(env, "JCI_SSH_KNOWN_HOSTS", MAX_PEM);
}

static void read_log(struct server_options *o, struct env *env)
{
	static const char *const formats[] = {"text", "json", NULL};

	o->log.fd = STDERR_FILENO;
	o->log.json = env_word(env, "JCI_LOG_FORMAT", formats) == 1;
}

int server_options_read(struct server_options *o, struct env *env, struct jci_error *err)
{
	*o = (struct server_options){0};
	read_host(&o->gitea, env);
	read_gitea(o, env);
	read_secrets(o, env);
	read_listen(o, env);
	read_queue(o, env);
	read_repositories(o, env);
	read_credentials(o, env);
	read_log(o, env);
	return env_end(env, err);
}
