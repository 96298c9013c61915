/* Actions on files of runs: saved, opened in other programs, piped to them. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tui/actenv.h"
#include "tui/acts.h"
#include "tui/fetch.h"
#include "tui/prompt.h"
#include "tui/viewer.h"
#include "util/alloc.h"
#include "util/gettext.h"
#include "util/io.h"

enum purpose { FILE_SAVE, FILE_EDIT, FILE_PAGER, FILE_BROWSER, FILE_PIPE, FILE_OWN };

/* A job that gets a file ready, and what is to be done with it then. */
struct fetch {
	struct job job;
	struct tui *tui;
	enum purpose purpose;
	struct jci_record run;
	char *path;    /* of the artifact; "" for the whole run */
	char *dest;    /* the file or the folder that is written, or opened */
	char *folder;  /* private, around it; NULL: none */
	char *command; /* FILE_PIPE */
	unsigned flags;
	bool all; /* the whole run, for pages that belong together */
	bool finished;
	int fd;
	struct program program;
};

/*
 * What nobody looks at any more. A job that the end of the browser has overtaken may have made it
 * again after acts_free(): then the folder around it goes too.
 */
static void drop_folder(struct fetch *f)
{
	if (!f->folder)
		return;
	remove_tree_at(AT_FDCWD, f->folder);
	if (!f->finished) {
		*strrchr(f->folder, '/') = '\0';
		rmdir(f->folder);
	}
	free(f->folder);
	f->folder = NULL;
}

static void fetch_free(struct fetch *f)
{
	drop_folder(f);
	cleanup_closep(&f->fd);
	program_release(&f->program);
	jci_record_release(&f->run);
	jci_error_clear(&f->job.error);
	free(f->path);
	free(f->dest);
	free(f->command);
	free(f);
}

static void fetch_release(struct job *job)
{
	fetch_free((struct fetch *)job);
}

/* ---- in a worker's thread ---- */

static bool is_folder(const char *path)
{
	size_t len = strlen(path);

	return len == 0 || path[len - 1] == '/';
}

static int find_program(struct fetch *f, const struct jci_repo *repo, struct jci_error *err)
{
	switch (f->purpose) {
	case FILE_EDIT:
	case FILE_OWN:
		return program_editor(&f->program, repo, err);
	case FILE_BROWSER:
		return program_browser(&f->program, repo, err);
	case FILE_PAGER:
		program_pager(&f->program, repo);
		return 0;
	default:
		return 0;
	}
}

static int get(struct fetch *f, const struct jci_repo *repo, struct jci_error *err)
{
	if (f->purpose == FILE_OWN)
		return 0;
	if (f->purpose == FILE_PIPE) {
		f->fd = fetch_open(repo, &f->run, f->path, err);
		return f->fd < 0 ? err->code : 0;
	}
	if (f->all)
		return fetch_folder(repo, &f->run, "", f->folder, err);
	if (is_folder(f->path))
		return fetch_folder(repo, &f->run, f->path, f->dest, err);
	return fetch_file(repo, &f->run, f->path, f->dest, f->flags, err);
}

static void fetch_run(struct job *job, struct jci_repo *repo)
{
	struct fetch *f = (struct fetch *)job;

	if (find_program(f, repo, &job->error) == 0)
		get(f, repo, &job->error);
}

/* ---- in the loop's thread ---- */

static int pipe_to(struct tui *tui, const char *command, int fd, struct jci_error *err)
{
	const char *const argv[] = {"sh", "-c", command, NULL};

	return task_foreground(tui, argv, fd, true, err) < 0 ? err->code : 1;
}

static int open_program(struct fetch *f, struct jci_error *err)
{
	int code = program_run(f->tui->acts, &f->program, f->dest, err);

	if (f->program.graphical && code >= 0) { /* removed at the end of the browser */
		free(f->folder);
		f->folder = NULL;
	}
	return code;
}

static void fetch_done(struct job *job)
{
	struct fetch *f = (struct fetch *)job;
	struct jci_error *err = &job->error;

	f->finished = true;
	if (err->code == 0) {
		if (f->purpose == FILE_SAVE)
			tui_say(f->tui, _("saved: %s"), f->dest);
		else if (f->purpose == FILE_PIPE)
			pipe_to(f->tui, f->command, f->fd, err);
		else
			open_program(f, err);
	}
	if (err->code < 0)
		tui_fail(f->tui, err);
}

static struct fetch *fetch_new(struct tui *tui, enum purpose purpose)
{
	static const struct job_ops ops = {
		.run = fetch_run,
		.done = fetch_done,
		.release = fetch_release,
	};
	struct fetch *f = xcalloc(1, sizeof(*f));

	f->job.ops = &ops;
	f->tui = tui;
	f->purpose = purpose;
	f->fd = -1;
	jci_record_init(&f->run);
	return f;
}

static void fetch_start(struct fetch *f)
{
	job_start(f->tui->workers, &f->job);
}

/* ---- opening ---- */

static bool is_page(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (strcasecmp(dot, ".html") == 0 || strcasecmp(dot, ".htm") == 0);
}

/* A folder of its own keeps the file's name. */
static int place_copy(struct fetch *f, struct jci_error *err)
{
	cleanup_strbuf struct strbuf dest = STRBUF_INIT;

	f->folder = acts_new_folder(f->tui->acts, err);
	if (!f->folder)
		return err->code;
	f->all = f->purpose == FILE_BROWSER && is_page(f->path);
	f->flags = FETCH_PRIVATE;
	strbuf_addf(&dest, "%s/", f->folder);
	if (f->all)
		strbuf_addstr(&dest, f->path);
	else
		actenv_safe_name(&dest, f->path);
	f->dest = strbuf_detach(&dest, NULL);
	return 0;
}

static int open_in(struct acts *acts, enum purpose purpose, struct jci_error *err)
{
	const struct jci_record *run;
	const char *path;
	struct fetch *f;

	if (acts_need_file(acts, &run, &path, err) < 0)
		return err->code;
	f = fetch_new(acts->tui, purpose);
	jci_record_copy(&f->run, run);
	f->path = xstrdup(path);
	if (place_copy(f, err) < 0) {
		fetch_free(f);
		return err->code;
	}
	fetch_start(f);
	return 1;
}

int act_edit(struct acts *acts, const char *arg, struct jci_error *err)
{
	(void)arg;
	return open_in(acts, FILE_EDIT, err);
}

int act_pager(struct acts *acts, const char *arg, struct jci_error *err)
{
	(void)arg;
	return open_in(acts, FILE_PAGER, err);
}

int act_browser(struct acts *acts, const char *arg, struct jci_error *err)
{
	(void)arg;
	return open_in(acts, FILE_BROWSER, err);
}

void acts_edit(struct acts *acts, const char *path)
{
	struct fetch *f = fetch_new(acts->tui, FILE_OWN);

	f->dest = xstrdup(path);
	fetch_start(f);
}

/* ---- saving ---- */

static void save_confirmed(struct tui *tui, void *ctx)
{
	struct fetch **f = ctx;

	(void)tui;
	(*f)->flags = FETCH_REPLACE;
	fetch_start(*f);
	*f = NULL;
}

static void save_given_up(void *ctx)
{
	struct fetch **f = ctx;

	if (*f)
		fetch_free(*f);
	free(f);
}

static void ask_to_replace(struct tui *tui, struct fetch *f)
{
	cleanup_free char *question = xasprintf(_("'%s' is there; replace it?"), f->dest);
	struct fetch **ctx = xmalloc(sizeof(*ctx));

	*ctx = f;
	prompt_confirm(tui, question, save_confirmed, save_given_up, ctx);
}

/* The name that it has by itself: the file's, the folder's, the run's id. */
static char *own_name(const struct fetch *f)
{
	cleanup_strbuf struct strbuf name = STRBUF_INIT;
	cleanup_free char *path = xstrdup(f->path);
	size_t len = strlen(path);
	char id[JCI_RUN_ID_SIZE];

	jci_run_id_format(id, &f->run.ref.id);
	if (len == 0)
		return xstrdup(id);
	if (path[len - 1] == '/')
		path[len - 1] = '\0';
	actenv_safe_name(&name, path);
	return strbuf_detach(&name, NULL);
}

static char *expand_home(const char *text)
{
	const char *home = getenv("HOME");

	if (text[0] == '~' && (text[1] == '/' || !text[1]) && home)
		return xasprintf("%s%s", home, text + 1);
	return xstrdup(text);
}

/* Into a folder that is there; a file that is there is replaced if the user says so. */
static void save_to(struct fetch *f, const char *text)
{
	cleanup_free char *name = own_name(f);
	struct stat st;

	f->dest = expand_home(text);
	if (stat(f->dest, &st) == 0 && S_ISDIR(st.st_mode)) {
		size_t len = strlen(f->dest);
		char *inside = xasprintf("%s%s%s", f->dest,
					 len && f->dest[len - 1] == '/' ? "" : "/", name);

		free(f->dest);
		f->dest = inside;
	}
	if (!is_folder(f->path) && lstat(f->dest, &st) == 0 && !S_ISDIR(st.st_mode))
		ask_to_replace(f->tui, f);
	else
		fetch_start(f);
}

static void save_typed(struct tui *tui, const char *text, void *ctx)
{
	(void)tui;
	if (*text)
		save_to(ctx, text);
	else
		fetch_free(ctx);
}

static void save_cancelled(struct tui *tui, void *ctx)
{
	(void)tui;
	fetch_free(ctx);
}

int act_save(struct acts *acts, const char *arg, struct jci_error *err)
{
	static struct prompt_ops prompt = {
		.kind = "save",
		.accept = save_typed,
		.cancel = save_cancelled,
	};
	const bool whole = acts->tui->focus == PANE_RUNS;
	const char *path = whole ? "" : acts_path(acts->tui);
	const struct jci_record *run;
	cleanup_free char *name = NULL;
	struct fetch *f;

	if (acts_need_run(acts, &run, err) < 0)
		return err->code;
	if (!path)
		return jci_error_set(err, JCI_ENOTFOUND, _("no artifact is selected"));
	f = fetch_new(acts->tui, FILE_SAVE);
	jci_record_copy(&f->run, run);
	f->path = xstrdup(path);
	if (arg) {
		save_to(f, arg);
		return 1;
	}
	name = own_name(f);
	prompt.label = _("save as: ");
	prompt_open(acts->tui, &prompt, name, f);
	return 1;
}

/* ---- piping ---- */

static int add_bytes(void *ctx, const char *data, size_t len)
{
	const int *fd = ctx;

	return write_full(*fd, data, len);
}

static int open_unnamed(void)
{
	const char *tmp = getenv("TMPDIR");
	int fd = open(tmp && *tmp ? tmp : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return fd >= 0 ? fd : memfd_create("git-jci", MFD_CLOEXEC);
}

/* Through a file, because the command may take its time, and the screen would wait. */
static int pipe_selection(struct acts *acts, const char *command, struct jci_error *err)
{
	const struct pane *viewer = acts->tui->panes[PANE_VIEWER];
	cleanup_close int fd = open_unnamed();

	if (fd < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot make a temporary file"));
	if (viewer_each_byte(viewer, false, add_bytes, &fd, err) != 0)
		return err->code < 0 ? err->code
				     : jci_error_errno(err, JCI_EFAIL,
						       _("cannot write a temporary file"));
	lseek(fd, 0, SEEK_SET);
	return pipe_to(acts->tui, command, fd, err);
}

static int pipe_command(struct acts *acts, const char *command, struct jci_error *err)
{
	const struct jci_record *run;
	const char *path;
	struct fetch *f;

	if (acts->tui->focus == PANE_VIEWER && viewer_has_selection(acts->tui->panes[PANE_VIEWER]))
		return pipe_selection(acts, command, err);
	if (acts_need_file(acts, &run, &path, err) < 0)
		return err->code;
	f = fetch_new(acts->tui, FILE_PIPE);
	jci_record_copy(&f->run, run);
	f->path = xstrdup(path);
	f->command = xstrdup(command);
	fetch_start(f);
	return 1;
}

static void pipe_typed(struct tui *tui, const char *text, void *ctx)
{
	cleanup_error struct jci_error err = JCI_ERROR_INIT;

	(void)ctx;
	if (text[strspn(text, " ")] && pipe_command(tui->acts, text, &err) < 0)
		tui_fail(tui, &err);
}

int act_pipe(struct acts *acts, const char *arg, struct jci_error *err)
{
	static const struct prompt_ops prompt = {
		.label = "|",
		.kind = "shell",
		.accept = pipe_typed,
	};
	const struct jci_record *run;
	const char *path;

	if (arg)
		return pipe_command(acts, arg, err);
	if (acts_need_file(acts, &run, &path, err) < 0)
		return err->code;
	prompt_open(acts->tui, &prompt, "", NULL);
	return 1;
}
