#!/bin/sh
# The engine and the images of tests/dockerd.sh are what they are told to be.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
! built_with JCI_ASAN || skip_all 'nothing of git-jci is in it: the plain build tries it'
. "$top_srcdir/tests/docker.sh"
. "$top_srcdir/tests/gitea.sh"
need_docker busybox user scratch

it 'busybox: a shell, /tmp, root, and no git' <<'EOT'
in_container busybox sh -c 'id -u; ls -ld /tmp; ls / /bin' >out
same 0 "$(head -n 1 out)"
contains out drwxrwxrwt
contains out wc
lacks out git
lacks out lib
EOT

it 'the status of a command comes back' <<'EOT'
expect_exit 7 in_container busybox sh -c 'exit 7'
EOT

it 'user: not root, and no home' <<'EOT'
same 1000 "$(in_container user id -u)"
expect_exit 1 in_container user sh -c 'mkdir /home'
in_container user touch /tmp/file
EOT

it 'scratch: no shell, no /tmp' <<'EOT'
in_container scratch /bin/sleep 0
expect_exit 125 in_container scratch /bin/sh 2>&1
EOT

it 'musl: its programs have another C library' <<'EOT'
docker_image musl || skip "$docker_problem"
same 'hello from musl' "$(in_container musl hello)"
EOT

it 'debian: apt, bash, and no git' <<'EOT'
docker_image debian || skip "$docker_problem"
in_container debian bash -c 'cat /etc/os-release; type apt-get'
expect_exit 127 in_container debian sh -c git
EOT

it 'a container reaches a Gitea at the address of this machine' <<'EOT'
start_gitea --address="$(docker_address)"
in_container busybox wget -q -O - "$gitea/api/v1/version" >out
contains out 1.15.11
EOT

finish
