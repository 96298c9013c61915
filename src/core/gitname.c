#include "core/gitname.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include <git2.h>
#include <git2/sys/path.h>

/* Up to a colon (an NTFS stream), less trailing dots and spaces. */
static bool ntfs_is(const char *name, const char *what)
{
	size_t len = strcspn(name, ":\\"), want = strlen(what);

	while (len > want && (name[len - 1] == '.' || name[len - 1] == ' '))
		len--;
	return len == want && strncasecmp(name, what, len) == 0;
}

/* Length of a code point that HFS+ ignores: U+200C-F, U+202A-E, U+206A-F, U+FEFF; else 0. */
static size_t hfs_ignored(const unsigned char *s)
{
	if (s[0] == 0xe2 && s[1] == 0x80 &&
	    ((s[2] >= 0x8c && s[2] <= 0x8f) || (s[2] >= 0xaa && s[2] <= 0xae)))
		return 3;
	if (s[0] == 0xe2 && s[1] == 0x81 && s[2] >= 0xaa && s[2] <= 0xaf)
		return 3;
	return s[0] == 0xef && s[1] == 0xbb && s[2] == 0xbf ? 3 : 0;
}

static bool hfs_is_dotgit(const char *name)
{
	const unsigned char *s = (const unsigned char *)name;
	char plain[5];
	size_t len = 0, skip;

	while (*s) {
		skip = hfs_ignored(s);
		if (skip) {
			s += skip;
			continue;
		}
		if (len == 4)
			return false;
		plain[len++] = (char)*s++;
	}
	plain[len] = '\0';
	return strcasecmp(plain, ".git") == 0;
}

bool jci_name_is_dotgit(const char *name)
{
	if (hfs_is_dotgit(name))
		return true;
	for (const char *part = name; part; part = strchr(part, '\\')) {
		part += *part == '\\';
		if (ntfs_is(part, ".git") || ntfs_is(part, "git~1"))
			return true;
	}
	return false;
}

bool jci_name_needs_file(const char *name, bool is_dir)
{
	for (const char *part = name; part; part = strchr(part, '\\')) {
		size_t len;

		part += *part == '\\';
		len = strlen(part);
		if (git_path_is_gitfile(part, len, GIT_PATH_GITFILE_GITMODULES,
					GIT_PATH_FS_GENERIC) > 0)
			return true;
		if (is_dir && git_path_is_gitfile(part, len, GIT_PATH_GITFILE_GITATTRIBUTES,
						  GIT_PATH_FS_GENERIC) > 0)
			return true;
	}
	return false;
}
