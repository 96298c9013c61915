#!/bin/sh
# Builds the services of docker-compose.yml, starts them, and has the service "tests" ask the others. All
# containers, networks and images of this run have its id in their names, and are removed at its end.

set -eu
cd "$JCI_REPO_ROOT"
export COMPOSE_PROJECT_NAME="ci-$JCI_RUN_ID"

compose() {
	if docker compose version >/dev/null 2>&1; then
		docker compose "$@"
	else
		docker-compose "$@"
	fi
}

clean() {
	echo '--- clean'
	if compose down --volumes --rmi local --remove-orphans >"$JCI_OUTPUT_DIR/clean.log" 2>&1; then
		rm "$JCI_OUTPUT_DIR/clean.log"
	else
		cat "$JCI_OUTPUT_DIR/clean.log"
	fi
}
trap clean EXIT
trap 'exit 1' HUP INT TERM

echo '--- build'
compose build

echo '--- test'
status=0
compose up --no-color --abort-on-container-exit --timeout 2 --exit-code-from tests || status=$?

echo '--- results'
docker cp "$(compose ps -a -q tests):/results/." "$JCI_OUTPUT_DIR" || status=1
compose logs --no-color --timestamps >"$JCI_OUTPUT_DIR/services.log"
exit "$status"
