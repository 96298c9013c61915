#!/bin/sh
# The example docker-image: a real engine, and a real registry on loopback.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

needs docker docker-registry
. "$top_srcdir/tests/docker.sh"
need_docker busybox

# image: the example, on an image that is here; what it makes is removed.
image() {
	example docker-image
	sed -i 's/^FROM .*/FROM jci-test-busybox/' Dockerfile
	commit 'from what is here'
	at_end remove_images
}

remove_images() {
	for test_id in $(docker image ls -q --no-trunc --filter \
		"label=org.opencontainers.image.revision=$(git rev-parse HEAD)" | sort -u); do
		docker image rm -f "$test_id" >/dev/null
	done
}

# registry [USER PASSWORD]: $registry is its address. With it the settings of the example.
registry() {
	printf '%s\n' 'version: 0.1' "storage: {filesystem: {rootdirectory: $TRASH/registry}}" \
		'http: {addr: "127.0.0.1:0"}' >"$TRASH/registry.yml"
	if test $# -gt 0; then
		echo "auth: {htpasswd: {realm: test, path: $TRASH/passwords}}" >>"$TRASH/registry.yml"
		perl -e 'print "$ARGV[0]:", crypt($ARGV[1], q($2b$05$abcdefghijklmnopqrstuu)), "\n"' "$@" \
			>"$TRASH/passwords"
	fi
	docker-registry serve "$TRASH/registry.yml" >"$TRASH/registry.log" 2>&1 &
	wait_for 'grep -q "listening on" "$TRASH/registry.log"'
	registry=$(grep -o 'listening on [0-9.:]*' "$TRASH/registry.log" | cut -d ' ' -f 3)
	export REGISTRY_SETTINGS="$TRASH/registry settings"
	echo "image=$registry/team/hello" >"$REGISTRY_SETTINGS"
}

it 'builds what is committed, and tries it' <<'EOT'
image
echo 'broken' >hello
git jci run
same 'Hello, Ada!' "$(the_file test.txt)"
same "$(git rev-parse HEAD)" \
	"$(the_file image.json | jq -r '.[0].Config.Labels["org.opencontainers.image.revision"]')"
git jci cat latest | grep 'not published'
EOT

it 'publishes what is green on main, and that can be had by its digest' <<'EOT'
image
registry
git jci run
digest=$(the_file digest.txt)
case $digest in
"$registry/team/hello@sha256:"*) ;;
*) false ;;
esac
for tag in "$(git rev-parse HEAD)" latest; do
	curl -sS --fail -o manifest -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' \
		"http://$registry/v2/team/hello/manifests/$tag"
	same "${digest#*@}" "sha256:$(sha256sum <manifest | cut -d ' ' -f 1)"
done
remove_images
same 'Hello, world!' "$(docker run --rm "$digest" 2>"$TRASH/err")"
EOT

it 'publishes neither a branch nor an image that does not work' <<'EOT'
image
registry
git checkout -q -b topic
git jci run -q
git checkout -q main
echo 'echo Goodbye' >hello
commit 'say goodbye'
expect_exit 1 git jci run -q
same '{"repositories":[]}' "$(curl -sS "http://$registry/v2/_catalog")"
EOT

it 'logs in with the password of the settings, and leaves it nowhere' <<'EOT'
image
registry ci S3CR3T
expect_exit 1 git jci run -q
printf 'user=ci\npassword=S3CR3T\n' >>"$REGISTRY_SETTINGS"
git jci run
the_registry_has=$(curl -sS -u ci:S3CR3T "http://$registry/v2/_catalog")
same '{"repositories":["team/hello"]}' "$the_registry_has"
git jci get latest "$TRASH/result"
expect_exit 1 grep -r -e S3CR3T -e "$(printf ci:S3CR3T | base64)" "$TRASH/result" "$TMPDIR" "$HOME"
same '' "$(ls -A "$TMPDIR")"
EOT

finish
