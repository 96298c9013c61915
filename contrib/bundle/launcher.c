/*
 * Starts a program of a bundle in whatever system it was put into: the system's own C library may
 *be another one, or missing, so the bundle's dynamic loader is executed, with the bundle's
 *libraries. Linked statically, because this must run before any of that is there.
 *
 *	BUNDLE/bin/NAME			 this, for git-jci and git
 *	BUNDLE/libexec/git-core/NAME	 this too, for the programs that git itself starts
 *	BUNDLE/libexec/NAME		 the program
 *	BUNDLE/lib			 libraries, and the loader as ld.so
 *	BUNDLE/share			 certificates, git's templates, licences
 *
 * Git and its kin get told in the environment where the bundle is; git-jci, whose environment goes
 * on to the scripts that it runs, finds out for itself (src/util/program.h). /proc must be mounted.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOADER_ARGS = 7, FAILED = 125 };

static char root[PATH_MAX]; /* of the bundle */
static char name[NAME_MAX + 1];

static int fail(const char *what)
{
	fprintf(stderr, "git-jci: %s: %s\n", what, strerror(errno));
	return FAILED;
}

/* The path of something in the bundle; never freed. */
static char *in_bundle(const char *folder, const char *file)
{
	char *path;

	if (asprintf(&path, "%s/%s%s", root, folder, file) < 0)
		exit(fail("out of memory"));
	return path;
}

/* Cuts a folder off the end of root, if it ends with that. */
static int cut(const char *folder)
{
	size_t len = strlen(root), n = strlen(folder);

	if (len < n || strcmp(root + len - n, folder) != 0)
		return 0;
	root[len - n] = '\0';
	return 1;
}

static int find_self(void)
{
	ssize_t len = readlink("/proc/self/exe", root, sizeof(root) - 1);
	char *slash;

	if (len < 0)
		return -1;
	root[len] = '\0';
	slash = strrchr(root, '/');
	snprintf(name, sizeof(name), "%s", slash + 1);
	*slash = '\0';
	if (cut("/bin") || cut("/libexec/git-core"))
		return 0;
	errno = ENOENT;
	return -1;
}

/*
 * Where systems keep their certificates. The first is what git looks at by itself, as Debian and
 * Alpine have it.
 */
static const char *find_certificates(void)
{
	static const char *const places[] = {
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/ca-bundle.pem",
		"/etc/ssl/cert.pem",
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (access(places[i], R_OK) == 0)
			return i == 0 ? NULL : places[i];
	return in_bundle("share/", "ca-certificates.crt");
}

static void tell_git(void)
{
	const char *certificates = find_certificates();

	setenv("GIT_EXEC_PATH", in_bundle("libexec/", "git-core"), 1);
	setenv("GIT_TEMPLATE_DIR", in_bundle("share/", "templates"), 0);
	if (certificates && !getenv("GIT_SSL_CAPATH"))
		setenv("GIT_SSL_CAINFO", certificates, 0);
}

int main(int argc, char **argv)
{
	const char **args;

	if (find_self() < 0)
		return fail("cannot find the bundle that this program is part of; is /proc "
			    "mounted?");
	args = calloc((size_t)argc + LOADER_ARGS + 1, sizeof(*args));
	if (!args)
		return fail("out of memory");
	if (strpbrk(root, ":;")) { /* what parts folders for the loader */
		errno = EINVAL;
		return fail("the path of the bundle must have no ':' and no ';' in it");
	}
	if (strcmp(name, "git-jci") != 0)
		tell_git();
	args[0] = in_bundle("lib/", "ld.so");
	args[1] = "--library-path";
	args[2] = in_bundle("lib", "");
	args[3] = "--inhibit-cache"; /* the system's libraries */
	args[4] = "--argv0";
	args[5] = argc > 0 ? argv[0] : name;
	args[6] = in_bundle("libexec/", name);
	for (int i = 1; i < argc; i++)
		args[LOADER_ARGS + i - 1] = argv[i];
	execv(args[0], (char *const *)args);
	return fail(args[0]);
}
