#include "core/hook.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/config.h"
#include "util/alloc.h"
#include "util/fault.h"
#include "util/gettext.h"
#include "util/io.h"
#include "util/process.h"
#include "util/text.h"

/* Behind the name of a hook: ours, until it is in its place. */
#define NEW ".jci-new"

/* A hook that is longer than ours can be is not read to its end. */
enum { MAX_HOOK = 64 * 1024 };

const char *const jci_hook_names[] = {"post-commit", "post-merge",   "post-rewrite",
				      "pre-push",    "post-receive", NULL};

const char *jci_hook_find(const char *name)
{
	for (const char *const *known = jci_hook_names; *known; known++)
		if (strcmp(*known, name) == 0)
			return *known;
	return NULL;
}

/* ---- what we install ---- */

/* What follows the first line of each of ours, whoever changed the rest. */
#define MARK "# Written by 'git jci hook install'"

/* githooks(5): these get lines on their standard input, which the hook of before must get too. */
static bool reads_input(const char *name)
{
	return strcmp(name, "post-commit") != 0 && strcmp(name, "post-merge") != 0;
}

/*
 * Without git-jci a pre-push hook refuses: a gate that opens when its guard is away is none. The
 * others let git go on.
 */
static const char *without_program(const char *name)
{
	if (strcmp(name, "pre-push") != 0)
		return "command -v git-jci >/dev/null || exit 0\n";
	return "command -v git-jci >/dev/null || {\n"
	       "\techo \"git-jci is not in \\$PATH, so this push cannot be checked; install it,\" "
	       ">&2\n"
	       "\techo \"remove the hook '$0', or push with: git push --no-verify\" >&2\n"
	       "\texit 1\n"
	       "}\n";
}

/*
 * The file. A later version that changes it has to know this one as well, or it would take a hook
 * of this version for one that was changed by hand.
 */
static void add_script(struct strbuf *sb, const char *name)
{
	const char *input = reads_input(name) ? "printf '%s' \"$input\" | " : "";

	strbuf_addf(sb,
		    "#!/bin/sh\n" MARK "; 'git jci hook remove' takes it away.\n"
		    "# Do not change it: %s" JCI_HOOK_BEFORE
		    ", if there is one, is called first.\n\n",
		    name);
	if (*input) /* the newlines at the end would be lost */
		strbuf_addstr(sb, "input=$(cat && echo .)\ninput=${input%.}\n");
	strbuf_addf(sb,
		    "if test -x \"$0" JCI_HOOK_BEFORE "\"; then\n"
		    "\t%s\"$0" JCI_HOOK_BEFORE "\" \"$@\" || exit\nfi\n",
		    input);
	strbuf_addstr(sb, without_program(name));
	strbuf_addf(sb, "%sgit-jci hook run -- %s \"$@\"\n", input, name);
}

/* ---- the folder ---- */

void jci_hook_place_release(struct jci_hook_place *place)
{
	free(place->path);
	*place = (struct jci_hook_place){0};
}

static int ask_git(const struct jci_repo *repo, const char *const *words, struct strbuf *out,
		   struct jci_error *err)
{
	const char *argv[8] = {"git", "--git-dir", repo->git_dir};
	/* hooks run at the top of the work tree: a path is relative to that */
	const struct process git = {
		.argv = argv,
		.dir = repo->work_tree ? repo->work_tree : repo->git_dir,
		.out = -1,
		.config = true,
	};

	for (size_t i = 0; words[i]; i++)
		argv[3 + i] = words[i];
	return process_capture(&git, out, err);
}

/* Whether core.hooksPath, which is set, comes from a file that other repositories read too. */
static int is_shared(const struct jci_repo *repo, bool *shared, struct jci_error *err)
{
	static const char *const words[] = {"config", "--show-scope", "--get", "core.hooksPath",
					    NULL};
	cleanup_strbuf struct strbuf out = STRBUF_INIT;

	if (ask_git(repo, words, &out, err) < 0)
		return err->code;
	*shared = strncmp(out.buf, "global\t", 7) == 0 || strncmp(out.buf, "system\t", 7) == 0;
	return 0;
}

static bool is_below(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	return strncmp(path, folder, len) == 0 && path[len] == '/';
}

static bool is_in_work_tree(const struct jci_repo *repo, const char *path)
{
	cleanup_free char *real = realpath(path, NULL);

	if (real)
		path = real;
	return repo->work_tree && is_below(path, repo->work_tree) &&
	       !is_below(path, repo->git_dir) && !is_below(path, repo->common_dir);
}

/* It is one, or one can be made: /dev/null, by which hooks are switched off, is none. */
static bool may_be_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? S_ISDIR(st.st_mode) : errno != ENOTDIR;
}

/* what: "is empty" */
static int fail_configured(const struct jci_repo *repo, const char *what, struct jci_error *err)
{
	cleanup_free char *own = xasprintf("%s/hooks", repo->common_dir);
	cleanup_strbuf struct strbuf quoted = STRBUF_INIT;

	text_add_shell(&quoted, own);
	return jci_error_set(err, JCI_EINVALID,
			     /* TRANSLATORS: the second is "is empty" or "names no folder" */
			     _("configuration '%s' %s, so git runs no hook here; give this "
			       "repository its own with: git config core.hooksPath %s"),
			     "core.hooksPath", what, quoted.buf);
}

int jci_hook_place_find(const struct jci_repo *repo, struct jci_hook_place *place,
			struct jci_error *err)
{
	static const char *const words[] = {"rev-parse", "--git-path", "hooks", NULL};
	cleanup_free char *configured = jci_config_string(repo, "core.hooksPath");
	cleanup_strbuf struct strbuf out = STRBUF_INIT;
	const char *top = repo->work_tree ? repo->work_tree : repo->git_dir;

	if (ask_git(repo, words, &out, err) < 0)
		return err->code;
	if (out.len && out.buf[out.len - 1] == '\n')
		strbuf_setlen(&out, out.len - 1);
	if (!out.len || (configured && !*configured)) /* git looks for "/pre-push" then */
		return fail_configured(repo, _("is empty"), err);
	if (configured && out.buf[0] == '/' && is_shared(repo, &place->shared, err) < 0)
		return err->code;
	place->path = out.buf[0] == '/' ? xstrdup(out.buf) : xasprintf("%s/%s", top, out.buf);
	if (configured && !may_be_folder(place->path))
		return fail_configured(repo, _("names no folder"), err);
	place->in_work_tree = is_in_work_tree(repo, place->path);
	return 0;
}

/* -1 and no error where the folder does not exist. */
static int open_place(const struct jci_hook_place *place, struct jci_error *err)
{
	int fd = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno != ENOENT)
		jci_error_errno(err, JCI_EFAIL, _("cannot open the folder '%s'"), place->path);
	return fd;
}

/* ---- what is there ---- */

/* A file of the folder. */
struct file {
	enum jci_hook_state state;
	struct stat st;
};

/* The names of one hook, and what they are now. */
struct slot {
	const struct jci_hook_place *place;
	int dir;
	const char *name;
	char *before_name, *new_name;
	struct file hook, before;
	struct strbuf script; /* what we install */
};

static void slot_release(struct slot *slot)
{
	cleanup_closep(&slot->dir);
	free(slot->before_name);
	free(slot->new_name);
	strbuf_release(&slot->script);
}

static enum jci_hook_state compare(const struct strbuf *script, const struct strbuf *found)
{
	const size_t first = strcspn(script->buf, "\n") + 1, len = first + strlen(MARK);

	if (found->len == script->len && memcmp(found->buf, script->buf, found->len) == 0)
		return JCI_HOOK_OURS;
	if (found->len >= len && memcmp(found->buf, script->buf, len) == 0)
		return JCI_HOOK_EDITED;
	return JCI_HOOK_OTHER;
}

static int look_at(const struct slot *slot, const char *name, struct file *file,
		   struct jci_error *err)
{
	cleanup_strbuf struct strbuf found = STRBUF_INIT;

	file->state = JCI_HOOK_OTHER;
	if (fstatat(slot->dir, name, &file->st, AT_SYMLINK_NOFOLLOW) < 0) {
		file->state = JCI_HOOK_NONE;
		if (errno == ENOENT)
			return 0;
		return jci_error_errno(err, JCI_EFAIL, _("cannot look at '%s/%s'"),
				       slot->place->path, name);
	}
	if (!S_ISREG(file->st.st_mode))
		return 0;
	if (read_file_at(slot->dir, name, &found, MAX_HOOK) == 0)
		file->state = compare(&slot->script, &found);
	else if (errno != EFBIG)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s/%s'"), slot->place->path,
				       name);
	return 0;
}

/* dir is taken over; -1: there is no folder. */
static int slot_init(struct slot *slot, const struct jci_hook_place *place, int dir,
		     const char *name, struct jci_error *err)
{
	*slot = (struct slot){
		.place = place,
		.dir = dir,
		.name = name,
		.before_name = xasprintf("%s" JCI_HOOK_BEFORE, name),
		.new_name = xasprintf("%s" NEW, name),
		.script = STRBUF_INIT,
	};
	add_script(&slot->script, name);
	if (dir < 0)
		return 0;
	if (look_at(slot, name, &slot->hook, err) < 0)
		return err->code;
	return look_at(slot, slot->before_name, &slot->before, err);
}

/* Two names of one file: an installation was cut short. */
static bool is_same(const struct file *a, const struct file *b)
{
	return a->state != JCI_HOOK_NONE && b->state != JCI_HOOK_NONE &&
	       a->st.st_dev == b->st.st_dev && a->st.st_ino == b->st.st_ino;
}

/* Whether NAME.before-jci is only the trace of an installation that was cut short. */
static bool is_trace(const struct slot *slot)
{
	return slot->before.state == JCI_HOOK_OURS || is_same(&slot->hook, &slot->before);
}

static bool has_new(const struct slot *slot)
{
	struct stat st;

	return fstatat(slot->dir, slot->new_name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool is_executable(const struct slot *slot)
{
	return faccessat(slot->dir, slot->name, X_OK, AT_EACCESS) == 0;
}

int jci_hook_look(const struct jci_hook_place *place, const char *name, struct jci_hook *hook,
		  struct jci_error *err)
{
	cleanup(slot_release) struct slot slot = {.dir = -1, .script = STRBUF_INIT};
	int dir = open_place(place, err);

	if (dir < 0 && err->code)
		return err->code;
	if (slot_init(&slot, place, dir, name, err) < 0)
		return err->code;
	hook->state = slot.hook.state;
	hook->before = hook->state == JCI_HOOK_OURS && slot.before.state != JCI_HOOK_NONE;
	hook->ignored = hook->state != JCI_HOOK_NONE && !is_executable(&slot);
	hook->unfinished = dir >= 0 && (has_new(&slot) || is_trace(&slot));
	return 0;
}

/* ---- changing it ---- */

/*
 * Opens the folder and keeps other installations out of it for as long as it is open. Where a file
 * system can't lock, two at once may get an error, but lose nothing.
 */
static int lock_place(const struct jci_hook_place *place, struct jci_error *err)
{
	int dir = open_place(place, err);

	while (dir >= 0 && flock(dir, LOCK_EX) < 0 && errno == EINTR)
		;
	return dir;
}

static int fail_write(const struct slot *slot, const char *name, struct jci_error *err)
{
	return jci_error_errno(err, JCI_EFAIL, _("cannot write '%s/%s'"), slot->place->path, name);
}

static int fail_edited(const struct slot *slot, struct jci_error *err)
{
	return jci_error_set(err, JCI_EEXISTS,
			     _("'%s/%s' was changed since 'git jci hook install' wrote it; move "
			       "what is yours to '%s', which is called first, and remove '%s'"),
			     slot->place->path, slot->name, slot->before_name, slot->name);
}

static int fail_in_the_way(const struct slot *slot, struct jci_error *err)
{
	if (slot->hook.state == JCI_HOOK_NONE)
		return jci_error_set(err, JCI_EEXISTS,
				     _("'%s/%s' is there without '%s'; rename it to '%s' if it is "
				       "to run, or remove it"),
				     slot->place->path, slot->before_name, slot->name, slot->name);
	return jci_error_set(err, JCI_EEXISTS,
			     _("'%s/%s' can not be kept as '%s', because there is such a file; "
			       "rename or remove one of the two"),
			     slot->place->path, slot->name, slot->before_name);
}

/* What shell, Perl, Python, Ruby and JavaScript call it. */
static bool names_itself(const char *text)
{
	static const char *const words[] = {"basename", "argv[0]", "PROGRAM_NAME"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(text, words[i]))
			return true;
	return false;
}

static bool begins_with_source(const char *line)
{
	line += strspn(line, " \t");
	return strncmp(line, ". ", 2) == 0 || strncmp(line, "source ", 7) == 0;
}

/* At "$0" or "${0": is it only the folder that is asked for, as in: dirname -- "$0"? */
static bool is_in_dirname(const char *text, const char *at)
{
	size_t len = strlen("dirname");

	while (at > text && strchr(" \t\"'-", at[-1]))
		at--;
	return (size_t)(at - text) >= len && strncmp(at - len, "dirname", len) == 0;
}

/*
 * Whether a script may do something else, or nothing, under another name than its own. Its folder
 * it may ask for: that stays; but what it reads from there (sh(1), the dot) sees its name as well.
 */
static bool asks_for_its_name(const char *text)
{
	bool names = names_itself(text), folder = false, source = begins_with_source(text);

	for (const char *at = text; !names && (at = strpbrk(at, "$\n")); at++) {
		if (*at == '\n')
			source |= begins_with_source(at + 1);
		else if (strncmp(at, "$0", 2) != 0 && strncmp(at, "${0", 3) != 0)
			continue;
		else if (is_in_dirname(text, at))
			folder = true;
		else
			names = true;
	}
	return names || (folder && source);
}

/* Read through a link; what is no text, or can't be read, or is no file, has no such words. */
static bool needs_its_name(const struct slot *slot)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	struct stat st;

	return fstatat(slot->dir, slot->name, &st, 0) == 0 && S_ISREG(st.st_mode) &&
	       read_file_at(slot->dir, slot->name, &text, MAX_HOOK) == 0 &&
	       asks_for_its_name(text.buf);
}

static int fail_needs_its_name(const struct slot *slot, struct jci_error *err)
{
	return jci_error_set(err, JCI_EEXISTS,
			     _("'%s/%s' asks for its own name, so it would not do the same as "
			       "'%s'; instead add to it, or to the script that it calls: git-jci "
			       "hook run -- %s \"$@\""),
			     slot->place->path, slot->name, slot->before_name, slot->name);
}

static int drop(const struct slot *slot, const char *name, struct jci_error *err)
{
	if (unlinkat(slot->dir, name, 0) == 0 || errno == ENOENT)
		return 1;
	return jci_error_errno(err, JCI_EFAIL, _("cannot remove '%s/%s'"), slot->place->path, name);
}

/* Ours, complete, under its temporary name; what a killed process left there goes. */
static int write_new(const struct slot *slot, struct jci_error *err)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd, failed;

	unlinkat(slot->dir, slot->new_name, 0);
	fd = openat(slot->dir, slot->new_name, flags, 0777);
	if (fd < 0)
		return fail_write(slot, slot->new_name, err);
	failed = write_full(fd, slot->script.buf, slot->script.len);
	if (failed)
		cleanup_closep(&fd);
	else
		failed = close(fd); /* some file systems tell only then that there is no room */
	if (failed) {
		fail_write(slot, slot->new_name, err);
		unlinkat(slot->dir, slot->new_name, 0);
		return err->code;
	}
	fault_point("hook-written");
	return 0;
}

/* On failure ours does not stay behind. */
static int rename_new(const struct slot *slot, const char *to, struct jci_error *err)
{
	if (renameat(slot->dir, slot->new_name, slot->dir, to) == 0)
		return 1;
	fail_write(slot, to, err);
	unlinkat(slot->dir, slot->new_name, 0);
	return err->code;
}

/* NAME.before-jci is ours and NAME is not: they change places. */
static int exchange(const struct slot *slot, struct jci_error *err)
{
	if (renameat2(slot->dir, slot->before_name, slot->dir, slot->name, RENAME_EXCHANGE) == 0)
		return 1;
	jci_error_errno(err, JCI_EFAIL, _("cannot rename '%s/%s' to '%s'"), slot->place->path,
			slot->name, slot->before_name);
	unlinkat(slot->dir, slot->before_name, 0);
	return err->code;
}

/*
 * The hook gets its second name before ours takes the first. A hook that is somebody else's may
 * not be linked (proc(5), /proc/sys/fs/protected_hardlinks), nor anything on some file systems:
 * then ours gets the second name, and both change places.
 */
static int keep_and_replace(const struct slot *slot, struct jci_error *err)
{
	if (write_new(slot, err) < 0)
		return err->code;
	if (linkat(slot->dir, slot->name, slot->dir, slot->before_name, 0) == 0) {
		fault_point("hook-kept");
		if (rename_new(slot, slot->name, err) < 0)
			unlinkat(slot->dir, slot->before_name, 0);
		return err->code < 0 ? err->code : 1;
	}
	if (rename_new(slot, slot->before_name, err) < 0)
		return err->code;
	fault_point("hook-beside");
	return exchange(slot, err);
}

static int write_and_rename(const struct slot *slot, struct jci_error *err)
{
	return write_new(slot, err) < 0 ? err->code : rename_new(slot, slot->name, err);
}

static int install_alone(const struct slot *slot, struct jci_error *err)
{
	if (slot->before.state == JCI_HOOK_OURS && drop(slot, slot->before_name, err) < 0)
		return err->code;
	if (slot->before.state != JCI_HOOK_NONE && slot->before.state != JCI_HOOK_OURS)
		return fail_in_the_way(slot, err);
	return write_and_rename(slot, err);
}

static int install_behind(const struct slot *slot, struct jci_error *err)
{
	if (S_ISDIR(slot->hook.st.st_mode))
		return jci_error_set(err, JCI_EEXISTS, _("'%s/%s' is a folder; remove it"),
				     slot->place->path, slot->name);
	if (is_executable(slot) && needs_its_name(slot))
		return fail_needs_its_name(slot, err);
	if (slot->before.state == JCI_HOOK_NONE)
		return keep_and_replace(slot, err);
	/* the rest of what was cut short */
	if (slot->before.state == JCI_HOOK_OURS)
		return exchange(slot, err);
	if (is_same(&slot->hook, &slot->before))
		return write_and_rename(slot, err);
	return fail_in_the_way(slot, err);
}

static int install(const struct slot *slot, struct jci_error *err)
{
	switch (slot->hook.state) {
	case JCI_HOOK_NONE:
		return install_alone(slot, err);
	case JCI_HOOK_OURS:
		return is_executable(slot) ? 0 : write_and_rename(slot, err);
	case JCI_HOOK_EDITED:
		return fail_edited(slot, err);
	case JCI_HOOK_OTHER:
		break;
	}
	return install_behind(slot, err);
}

int jci_hook_install(const struct jci_hook_place *place, const char *name, struct jci_error *err)
{
	cleanup(slot_release) struct slot slot = {.dir = -1, .script = STRBUF_INIT};
	int dir;

	if (mkdir_parents(place->path) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot make the folder '%s'"),
				       place->path);
	dir = lock_place(place, err);
	if (dir < 0)
		return err->code;
	return slot_init(&slot, place, dir, name, err) < 0 ? err->code : install(&slot, err);
}

static int put_back(const struct slot *slot, struct jci_error *err)
{
	if (renameat(slot->dir, slot->before_name, slot->dir, slot->name) == 0)
		return 1;
	return jci_error_errno(err, JCI_EFAIL, _("cannot rename '%s/%s' to '%s'"),
			       slot->place->path, slot->before_name, slot->name);
}

/*
 * 1: there were some. Looks first: where nothing can be written, to remove what is not there fails
 * too.
 */
static int clear_traces(const struct slot *slot, struct jci_error *err)
{
	int found = has_new(slot);

	if (found && drop(slot, slot->new_name, err) < 0)
		return err->code;
	return is_trace(slot) ? drop(slot, slot->before_name, err) : found;
}

static int remove_hook(const struct slot *slot, struct jci_error *err)
{
	int cleared;

	if (slot->hook.state == JCI_HOOK_EDITED)
		return fail_edited(slot, err);
	cleared = clear_traces(slot, err);
	if (cleared < 0 || slot->hook.state != JCI_HOOK_OURS)
		return cleared;
	if (slot->before.state == JCI_HOOK_NONE || is_trace(slot))
		return drop(slot, slot->name, err);
	return put_back(slot, err);
}

int jci_hook_remove(const struct jci_hook_place *place, const char *name, struct jci_error *err)
{
	cleanup(slot_release) struct slot slot = {.dir = -1, .script = STRBUF_INIT};
	int dir = lock_place(place, err);

	if (dir < 0)
		return err->code; /* 0: there is no folder */
	return slot_init(&slot, place, dir, name, err) < 0 ? err->code : remove_hook(&slot, err);
}
