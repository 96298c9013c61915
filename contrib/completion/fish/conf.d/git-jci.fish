# Completion of `git jci` in fish (git-jci(1), COMPLETION): fish loads what it has for `git` then,
# so this is read when a shell starts, and loads what there is for git-jci once it is needed.
complete -c git -f -k -n '__fish_git_using_command jci' \
    -a '(functions -q __fish_git_jci; or complete -C "git-jci " >/dev/null; __fish_git_jci --git)'
