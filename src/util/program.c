#include "util/program.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/alloc.h"
#include "util/gettext.h"

static const char self[] = "/proc/self/exe";

/* NULL, with errno, where the system can't tell. */
static char *read_self(void)
{
	char path[PATH_MAX];
	ssize_t len = readlink(self, path, sizeof(path));

	return len < 0 ? NULL : xstrndup(path, (size_t)len);
}

char *program_bundle(void)
{
	static const char loader[] = "/lib/ld.so";
	cleanup_free char *exe = read_self(), *bin = NULL, *launcher = NULL;
	size_t len = exe ? strlen(exe) : 0;

	if (len < strlen(loader) || strcmp(exe + len - strlen(loader), loader) != 0)
		return NULL;
	bin = xasprintf("%.*s/bin", (int)(len - strlen(loader)), exe);
	launcher = xasprintf("%s/git-jci", bin);
	return access(launcher, X_OK) == 0 ? steal_ptr(bin) : NULL;
}

char *program_bundle_path(const char *path)
{
	cleanup_free char *bin = program_bundle();

	return bin ? xasprintf("%.*s/%s", (int)(strlen(bin) - strlen("/bin")), bin, path) : NULL;
}

char *program_bundled(const char *name)
{
	cleanup_free char *bin = strchr(name, '/') ? NULL : program_bundle(), *path = NULL;

	if (!bin)
		return NULL;
	path = xasprintf("%s/%s", bin, name);
	return access(path, X_OK) == 0 ? steal_ptr(path) : NULL;
}

char *program_self(void)
{
	char *launcher = program_bundled("git-jci");

	return launcher ? launcher : xstrdup(self);
}

int program_path(char **path, struct jci_error *err)
{
	cleanup_free char *file = program_bundled("git-jci");

	if (!file)
		file = read_self();
	if (!file)
		return jci_error_errno(err, JCI_EFAIL, _("cannot read '%s'"), self);
	if (access(file, X_OK) < 0)
		return jci_error_errno(err, JCI_EFAIL, _("cannot find the program '%s' again"),
				       file);
	*path = steal_ptr(file);
	return 0;
}
