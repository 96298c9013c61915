#!/bin/sh
# The example compose-api-tests, by Debian's docker-compose; the image that its services are made from is
# made here, of Debian's busybox.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"
. "$top_srcdir/tests/docker.sh"

needs docker docker-compose xmllint
need_docker busybox

# An image of that name that the engine has is left as it is.
if ! docker_api GET /images/busybox:1.36/json >/dev/null 2>&1; then
	docker_api POST '/images/jci-test-busybox/tag?repo=busybox&tag=1.36'
	at_exit 'docker_api DELETE /images/busybox:1.36 >/dev/null'
fi
export DOCKER_BUILDKIT=0 COMPOSE_DOCKER_CLI_BUILD=0

# left: containers, networks and images of runs.
left() {
	docker ps -a --format '{{.Names}}' | grep '^ci-'
	docker network ls --format '{{.Name}}' | grep '^ci-'
	docker images --format '{{.Repository}}' | grep '^ci-'
}

it 'the services are built, tested, and removed' <<'EOT'
example compose-api-tests
git jci run HEAD
the_file junit.xml >"$TRASH/junit.xml"
same 4 "$(xmllint --xpath 'count(//testcase)' "$TRASH/junit.xml")"
same 0 "$(xmllint --xpath 'count(//failure)' "$TRASH/junit.xml")"
the_file services.log >"$TRASH/services.log"
contains "$TRASH/services.log" 'url:/cgi-bin/greet'
contains "$TRASH/services.log" 'ok: GET /cgi-bin/greet?name=Ada'
same '' "$(left || :)"
EOT

it 'a failed test makes the run red, and all is removed as well' <<'EOT'
example compose-api-tests
sed -i 's/Hello/Hallo/' api/www/cgi-bin/greet
commit 'in German'
expect_exit 1 git jci run HEAD
the_file junit.xml >"$TRASH/junit.xml"
same 2 "$(xmllint --xpath 'count(//failure)' "$TRASH/junit.xml")"
contains "$TRASH/junit.xml" '{&quot;text&quot;: &quot;Hallo, Ada!&quot;}'
same '' "$(left || :)"
EOT

finish
