#include "core/jobfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/json.h"

static void free_secret(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

void jci_job_release(struct jci_job *job)
{
	free(job->run_id);
	free(job->repository);
	free(job->ref);
	free(job->trigger);
	free(job->url);
	free(job->branch);
	free(job->user);
	free_secret(job->token);
	free_secret(job->ssh_key);
	free(job->known_hosts);
	*job = (struct jci_job)JCI_JOB_INIT;
}

/* ---- members ---- */

/* What goes into an environment, a header or a message: no control characters. */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

static int invalid(struct jci_error *err, const char *key)
{
	return jci_error_set(err, JCI_EINVALID, _("'%s' in the job is missing or invalid"), key);
}

/* NULL and no error where it is absent or null. */
static int get_optional(const cJSON *json, const char *key, char **out, struct jci_error *err)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);

	if (!item || cJSON_IsNull(item))
		return 0;
	if (!cJSON_IsString(item) || !*item->valuestring)
		return invalid(err, key);
	*out = xstrdup(item->valuestring);
	return 0;
}

static int get_plain(const cJSON *json, const char *key, char **out, struct jci_error *err)
{
	if (get_optional(json, key, out, err) < 0)
		return err->code;
	return *out && !is_plain(*out) ? invalid(err, key) : 0;
}

static int get_string(const cJSON *json, const char *key, char **out, struct jci_error *err)
{
	if (get_plain(json, key, out, err) < 0)
		return err->code;
	return *out ? 0 : invalid(err, key);
}

static int get_commit(const cJSON *json, git_oid *commit, struct jci_error *err)
{
	const char *hex = json_string(json, "commit");

	if (!hex || strlen(hex) != GIT_OID_HEXSZ ||
	    strspn(hex, "0123456789abcdef") != GIT_OID_HEXSZ)
		return invalid(err, "commit");
	return git_oid_fromstr(commit, hex) < 0 ? invalid(err, "commit") : 0;
}

static int get_timeout(const cJSON *json, int64_t *us, struct jci_error *err)
{
	double seconds;

	if (!json_number(json, "timeout_s", &seconds) ||
	    !(seconds >= 1 && seconds <= JCI_JOB_TIMEOUT_MAX_S))
		return invalid(err, "timeout_s");
	*us = (int64_t)seconds * 1000000;
	return 0;
}

/* ---- address and credentials ---- */

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* One that git would print, or write to .git/config, must have no password in it. */
static bool has_password(const char *url)
{
	const char *host = strstr(url, "://") + 3, *slash = host + strcspn(host, "/");
	const char *at = memchr(host, '@', (size_t)(slash - host));

	return at && (begins(url, "http") || memchr(host, ':', (size_t)(at - host)));
}

static int check_credentials(const struct jci_job *job, struct jci_error *err)
{
	bool http = begins(job->url, "http://") || begins(job->url, "https://");

	if (!http && !begins(job->url, "ssh://"))
		return invalid(err, "clone_url");
	if (has_password(job->url))
		return invalid(err, "clone_url");
	if (!job->user != !job->token || (job->user && strchr(job->user, ':')))
		return invalid(err, job->user ? "token" : "user");
	if (http && job->ssh_key)
		return invalid(err, "ssh_key");
	if (!http && (job->token || !job->ssh_key))
		return invalid(err, job->token ? "token" : "ssh_key");
	return 0;
}

static int get_all(struct jci_job *job, const cJSON *json, struct jci_error *err)
{
	if (get_string(json, "run_id", &job->run_id, err) < 0 ||
	    get_string(json, "repository", &job->repository, err) < 0 ||
	    get_commit(json, &job->commit, err) < 0 ||
	    get_string(json, "ref", &job->ref, err) < 0 ||
	    get_plain(json, "branch", &job->branch, err) < 0 ||
	    get_string(json, "trigger", &job->trigger, err) < 0 ||
	    get_timeout(json, &job->timeout_us, err) < 0 ||
	    get_string(json, "clone_url", &job->url, err) < 0 ||
	    get_plain(json, "user", &job->user, err) < 0 ||
	    get_plain(json, "token", &job->token, err) < 0 ||
	    get_optional(json, "ssh_key", &job->ssh_key, err) < 0 ||
	    get_optional(json, "known_hosts", &job->known_hosts, err) < 0)
		return err->code;
	if (!jci_run_id_parse(&job->id, job->run_id, strlen(job->run_id)))
		return invalid(err, "run_id");
	if (!begins(job->ref, "refs/"))
		return invalid(err, "ref");
	return check_credentials(job, err);
}

int jci_job_parse(struct jci_job *job, const char *text, size_t len, struct jci_error *err)
{
	cleanup_json cJSON *json = NULL;
	cJSON *secret;
	int code;

	if (json_parse(&json, text, len, err) < 0)
		return err->code;
	if (!cJSON_IsObject(json))
		return jci_error_set(err, JCI_EINVALID, _("the job is no JSON object"));
	code = get_all(job, json, err);
	cJSON_ArrayForEach(secret, json)
	{
		if (cJSON_IsString(secret))
			explicit_bzero(secret->valuestring, strlen(secret->valuestring));
	}
	return code;
}

/* ---- the file ---- */

/*
 * Whoever may not remove it, in a folder of another user's, may empty it: what matters is that
 * nobody can read it any more.
 */
static int remove_file(const char *path, int fd, struct jci_error *err)
{
	int emptied = ftruncate(fd, 0);

	if (unlink(path) == 0 || emptied == 0)
		return 0;
	return jci_error_errno(err, JCI_EFAIL,
			       _("cannot remove the file '%s', which has credentials in it"), path);
}

int jci_job_read(struct jci_job *job, const char *path, struct jci_error *err)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	cleanup_close int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int code, error;

	if (fd < 0)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return jci_error_errno(err, JCI_EINVALID, _("cannot read the job '%s'"), path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return jci_error_set(err, JCI_EINVALID, _("'%s' is not a file"), path);
	code = read_to_end(fd, &text, JCI_JOB_FILE_MAX);
	error = errno;
	if (remove_file(path, fd, err) < 0)
		return err->code;
	errno = error;
	if (code < 0)
		return jci_error_errno(err, JCI_EINVALID, _("cannot read the job '%s'"), path);
	code = jci_job_parse(job, text.buf, text.len, err);
	explicit_bzero(text.buf, text.len);
	return code;
}
