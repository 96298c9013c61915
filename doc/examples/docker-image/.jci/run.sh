#!/bin/sh
# Builds a Docker image of the commit and tries it. What is green on main is published, where there are
# settings for that (README).

set -eu

settings=${REGISTRY_SETTINGS:-${XDG_CONFIG_HOME:-$HOME/.config}/jci/registry}
out=$JCI_OUTPUT_DIR

# setting NAME
setting() {
	sed -n "s/^$1=//p" "$settings"
}

echo '--- build'
# Of the commit and not of the work tree: what isn't committed must not get into the image.
git -C "$JCI_REPO_ROOT" archive "$JCI_COMMIT" |
	docker build --iidfile "$out/image-id.txt" --label "org.opencontainers.image.revision=$JCI_COMMIT" -
id=$(cat "$out/image-id.txt")
docker image inspect "$id" >"$out/image.json"

echo '--- test'
docker run --rm --network none --read-only "$id" Ada | tee "$out/test.txt"
test "$(cat "$out/test.txt")" = 'Hello, Ada!'

if test "$JCI_BRANCH" != main || test ! -r "$settings"; then
	echo "--- not published: branch '$JCI_BRANCH', settings '$settings'"
	exit
fi

echo '--- publish'
image=$(setting image)
# The password is kept for this run alone, and is in no argument.
DOCKER_CONFIG=$(mktemp -d)
export DOCKER_CONFIG
trap 'rm -rf "$DOCKER_CONFIG"' EXIT
trap 'exit 1' HUP INT TERM
user=$(setting user)
test -z "$user" ||
	setting password | docker login --username "$user" --password-stdin "${image%%/*}"

for tag in "$JCI_COMMIT" latest; do
	docker tag "$id" "$image:$tag"
	docker push "$image:$tag"
done
docker image inspect --format '{{join .RepoDigests "\n"}}' "$id" | grep -F "$image@" | tee "$out/digest.txt"
