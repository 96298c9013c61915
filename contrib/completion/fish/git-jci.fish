# Completion of `git-jci` in fish (git-jci(1), COMPLETION).

# What git-jci offers for the command line up to the cursor; --git: the command is `git ... jci`.
function __fish_git_jci
    set -l token (commandline -ct)
    set -l word $token
    for quote in '' "'" '"'
        set -l plain (string unescape -- $token$quote 2>/dev/null)
        and set word $plain
        and break
    end
    set -l list (command git-jci complete $argv -- (commandline -opc) "$word" 2>/dev/null)
    switch "$list[1]"
        case files
            set -l option (string match -r -- '^--[^=]*=' $word)
            for file in (__fish_complete_path (string replace -r -- '^--[^=]*=' '' $word))
                printf '%s%s\n' "$option" $file
            end
        case folders
            __fish_complete_directories $word ''
        case words
            printf '%s\n' $list[2..]
    end
end

complete -c git-jci -f -k -a '(__fish_git_jci)'
