#include "core/credentials.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/json.h"
#include "util/program.h"

#define SSH_VARIABLE "JCI_JOB_SSH" /* its value: ssh_config(5), StrictHostKeyChecking */

enum { KEY_FD = 3, KNOWN_HOSTS_FD, MIN_FD = 16 };

/* Lines of a key that are shorter tell nothing, and may be part of anything. */
enum { MIN_LINE = 16 };

static void free_secret(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

void jci_credentials_release(struct jci_credentials *c)
{
	for (size_t i = 0; i < c->n; i++)
		free_secret(c->vars[i]);
	free(c->vars);
	for (size_t i = 0; i < c->n_fds; i++)
		cleanup_closep(&c->fds[i]);
	secrets_cleanup(&c->secrets);
	*c = (struct jci_credentials)JCI_CREDENTIALS_INIT;
}

static void add_var(struct jci_credentials *c, char *var)
{
	ARRAY_GROW(c->vars, c->n + 2, c->cap);
	c->vars[c->n++] = var;
	c->vars[c->n] = NULL;
}

/*
 * Nobody is asked, messages are those that are looked at, no trace has the header, and nothing
 * counts that the script could have written into ~/.gitconfig.
 */
static void add_common(struct jci_credentials *c)
{
	static const char *const vars[] = {"GIT_TERMINAL_PROMPT=0",
					   "GIT_CONFIG_GLOBAL=/dev/null",
					   "GIT_ASKPASS=",
					   "SSH_ASKPASS=",
					   "LC_ALL=C",
					   "LANGUAGE=",
					   "GIT_TRACE_REDACT=1",
					   "GIT_TRACE2=0",
					   "GIT_TRACE2_EVENT=0",
					   "GIT_TRACE2_PERF=0",
					   "GIT_CURL_VERBOSE",
					   "GIT_TRACE_CURL",
					   "GIT_SSH_COMMAND",
					   "GIT_SSL_NO_VERIFY",
					   NULL};

	for (const char *const *var = vars; *var; var++)
		add_var(c, xstrdup(*var));
}

/* ---- the spellings that are masked ---- */

struct list {
	char **items;
	size_t n, cap;
};

static void list_release(struct list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free_secret(list->items[i]);
	free(list->items);
}

static void list_add(struct list *list, char *item)
{
	ARRAY_GROW(list->items, list->n + 2, list->cap);
	list->items[list->n++] = item;
	list->items[list->n] = NULL;
}

/* RFC 3986: all but the unreserved characters escaped. */
static char *url_encode(const char *text, const char *digits)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (strchr(plain, c)) {
			strbuf_addch(&sb, *text);
		} else {
			strbuf_addch(&sb, '%');
			strbuf_addch(&sb, digits[c >> 4]);
			strbuf_addch(&sb, digits[c & 15]);
		}
	}
	return strbuf_detach(&sb, NULL);
}

static void list_add_spellings(struct list *list, const char *secret)
{
	list_add(list, xstrdup(secret));
	list_add(list, url_encode(secret, "0123456789ABCDEF"));
	list_add(list, url_encode(secret, "0123456789abcdef"));
}

/* The lines that begin and end a key (RFC 7468) are no secret. */
static void list_add_lines(struct list *list, const char *key)
{
	while (*key) {
		size_t len = strcspn(key, "\r\n");
		cleanup_free char *line = xstrndup(key, len);

		if (len >= MIN_LINE && strncmp(line, "-----", 5) != 0)
			list_add_spellings(list, line);
		if (line)
			explicit_bzero(line, len);
		key += len;
		key += strspn(key, "\r\n");
	}
}

/* ---- HTTP ---- */

static void add_http(struct jci_credentials *c, const struct jci_job *job, struct list *secrets)
{
	cleanup_free char *pair = xasprintf("%s:%s", job->user, job->token), *base64 = NULL;

	base64 = base64_encode(pair, strlen(pair));
	add_var(c, xstrdup("GIT_CONFIG_COUNT=2"));
	add_var(c, xasprintf("GIT_CONFIG_KEY_0=http.%s.extraHeader", job->url));
	add_var(c, xasprintf("GIT_CONFIG_VALUE_0=Authorization: Basic %s", base64));
	add_var(c, xstrdup("GIT_CONFIG_KEY_1=credential.helper")); /* none of the image's */
	add_var(c, xstrdup("GIT_CONFIG_VALUE_1="));
	list_add_spellings(secrets, job->token);
	list_add_spellings(secrets, base64);
	explicit_bzero(pair, strlen(pair));
	explicit_bzero(base64, strlen(base64));
}

/* ---- ssh ---- */

/* A file without a name that only its owner may read, or ssh refuses the key. */
static int add_file(struct jci_credentials *c, const char *text, struct jci_error *err)
{
	cleanup_close int low = memfd_create("git-jci", MFD_CLOEXEC);
	int fd = low < 0 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, MIN_FD);

	if (fd >= 0)
		c->fds[c->n_fds++] = fd;
	if (fd < 0 || fchmod(fd, 0600) < 0 || write_full(fd, text, strlen(text)) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot make a file in memory"));
	return 0;
}

static int add_ssh(struct jci_credentials *c, const struct jci_job *job, struct list *secrets,
		   struct jci_error *err)
{
	cleanup_free char *program = NULL;

	if (program_path(&program, err) < 0 || add_file(c, job->ssh_key, err) < 0 ||
	    add_file(c, job->known_hosts ? job->known_hosts : "", err) < 0)
		return err->code;
	add_var(c, xasprintf("GIT_SSH=%s", program));
	add_var(c, xstrdup("GIT_SSH_VARIANT=ssh"));
	add_var(c, xasprintf("%s=%s", SSH_VARIABLE, job->known_hosts ? "yes" : "accept-new"));
	list_add_lines(secrets, job->ssh_key);
	return 0;
}

bool jci_credentials_is_ssh(void)
{
	return getenv(SSH_VARIABLE) != NULL;
}

/* The parent, which is git, lives longer than this, and has the files open under the same numbers.
 */
int jci_credentials_exec_ssh(int argc, char **argv, struct jci_error *err)
{
	int git = (int)getppid();
	cleanup_free char *key = xasprintf("IdentityFile=/proc/%d/fd/%d", git, KEY_FD);
	cleanup_free char *known =
		xasprintf("UserKnownHostsFile=/proc/%d/fd/%d", git, KNOWN_HOSTS_FD);
	cleanup_free char *checking = xasprintf("StrictHostKeyChecking=%s", getenv(SSH_VARIABLE));
	const char *const first[] = {"ssh",
				     "-F",
				     "none",
				     "-o",
				     key,
				     "-o",
				     "IdentitiesOnly=yes",
				     "-o",
				     "IdentityAgent=none",
				     "-o",
				     known,
				     "-o",
				     "GlobalKnownHostsFile=/dev/null",
				     "-o",
				     checking,
				     "-o",
				     "BatchMode=yes",
				     "-o",
				     "LogLevel=ERROR",
				     "-o",
				     "ConnectTimeout=30",
				     "-o",
				     "ServerAliveInterval=30"};
	cleanup_free const char **args =
		xcalloc(ARRAY_SIZE(first) + (size_t)argc + 1, sizeof(*args));

	memcpy(args, first, sizeof(first));
	for (int i = 1; i < argc; i++)
		args[ARRAY_SIZE(first) + (size_t)i - 1] = argv[i];
	unsetenv(SSH_VARIABLE);
	execvp("ssh", (char *const *)args);
	return jci_error_errno(err, JCI_EFAIL, _("cannot run '%s'"), "ssh");
}

/* ---- both ---- */

int jci_credentials_make(struct jci_credentials *c, const struct jci_job *job,
			 struct jci_error *err)
{
	cleanup(list_release) struct list secrets = {NULL, 0, 0};

	add_common(c);
	if (job->token)
		add_http(c, job, &secrets);
	if (job->ssh_key && add_ssh(c, job, &secrets, err) < 0)
		return err->code;
	if (secrets.n > 0)
		c->secrets = jci_secrets_new((const char *const *)secrets.items);
	return 0;
}

void jci_credentials_give(const struct jci_credentials *c, struct process *git)
{
	git->vars = (const char *const *)c->vars;
	git->fds = c->fds;
	git->n_fds = c->n_fds;
}
