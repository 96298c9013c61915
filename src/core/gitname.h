/*
 * Names that git refuses in a tree, because some file system takes them for `.git`
 * (git-config(1): core.protectHFS, core.protectNTFS; `git fsck --strict` and a receiving
 * repository with transfer.fsckObjects reject them).
 */
#ifndef JCI_CORE_GITNAME_H
#define JCI_CORE_GITNAME_H

#include <stdbool.h>

/*
 * `.git` in any case, with trailing dots and spaces, as an NTFS short name (git~1) or stream
 * (.git::$INDEX_ALLOCATION), with code points that HFS+ ignores, or behind a backslash.
 */
bool jci_name_is_dotgit(const char *name);

/*
 * Whether `git fsck --strict` refuses a link or a folder of this name: `.gitmodules` in any such
 * spelling, and for a folder `.gitattributes` too. As a file either is welcome.
 */
bool jci_name_needs_file(const char *name, bool is_dir);

#endif
