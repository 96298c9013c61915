/* Cleanup at the end of a scope (util/cleanup.h) for libgit2's types. */
#ifndef JCI_CORE_GITCLEAN_H
#define JCI_CORE_GITCLEAN_H

#include <git2.h>

#include "util/cleanup.h"

DEFINE_CLEANUP(git_blob, git_blob *, git_blob_free)
DEFINE_CLEANUP(git_commit, git_commit *, git_commit_free)
DEFINE_CLEANUP(git_config, git_config *, git_config_free)
DEFINE_CLEANUP(git_diff, git_diff *, git_diff_free)
DEFINE_CLEANUP(git_object, git_object *, git_object_free)
DEFINE_CLEANUP(git_odb, git_odb *, git_odb_free)
DEFINE_CLEANUP(git_reference, git_reference *, git_reference_free)
DEFINE_CLEANUP(git_remote, git_remote *, git_remote_free)
DEFINE_CLEANUP(git_repository, git_repository *, git_repository_free)
DEFINE_CLEANUP(git_signature, git_signature *, git_signature_free)
DEFINE_CLEANUP(git_tree, git_tree *, git_tree_free)
DEFINE_CLEANUP(git_tree_entry, git_tree_entry *, git_tree_entry_free)
DEFINE_CLEANUP(git_treebuilder, git_treebuilder *, git_treebuilder_free)

#define cleanup_git_blob        cleanup(git_blob_cleanup)
#define cleanup_git_commit      cleanup(git_commit_cleanup)
#define cleanup_git_config      cleanup(git_config_cleanup)
#define cleanup_git_diff        cleanup(git_diff_cleanup)
#define cleanup_git_object      cleanup(git_object_cleanup)
#define cleanup_git_odb         cleanup(git_odb_cleanup)
#define cleanup_git_reference   cleanup(git_reference_cleanup)
#define cleanup_git_remote      cleanup(git_remote_cleanup)
#define cleanup_git_repository  cleanup(git_repository_cleanup)
#define cleanup_git_signature   cleanup(git_signature_cleanup)
#define cleanup_git_tree        cleanup(git_tree_cleanup)
#define cleanup_git_tree_entry  cleanup(git_tree_entry_cleanup)
#define cleanup_git_treebuilder cleanup(git_treebuilder_cleanup)

#endif
