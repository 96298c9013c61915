# Sourced behind lib.sh by tests that need containers: the Docker Engine of this machine, or one that is
# started for the tests (dockerd.sh). They are skipped where there can be none.
# shellcheck shell=sh

. "$top_srcdir/tests/dockerd.sh"

# need_docker [IMAGE...]: once in a script; $DOCKER_HOST is then set, and the images jci-test-IMAGE are
# there: busybox, debian, musl, scratch, user. What they have is told in dockerd.sh.
need_docker() {
	at_exit docker_leave
	docker_enter || skip_all "$docker_problem"
	for docker_wanted; do
		docker_image "$docker_wanted" || skip_all "$docker_problem"
	done
}

# containers LABEL[=VALUE]: ids of those that have it, running or not.
containers() {
	docker_filters=$(jq -nr --arg wanted "$1" '{label: [$wanted]} | tojson | @uri')
	docker_api GET "/containers/json?all=1&filters=$docker_filters" | jq -r '.[].Id'
}

# remove_containers LABEL[=VALUE]: all that have it; for at_end.
remove_containers() {
	for test_container in $(containers "$1"); do
		docker_api DELETE "/containers/$test_container?force=1&v=1" >/dev/null || :
	done
}

# in_container IMAGE COMMAND...: runs it in jci-test-IMAGE; prints its output, both kinds as one, and
# returns its status, 125 if it could not be started.
in_container() {
	test_image=jci-test-$1 test_exited=125
	shift
	test_container=$(jq -n --arg image "$test_image" '{Image: $image, Cmd: $ARGS.positional, Tty: true,
		Labels: {"git-jci.test": ""}}' --args -- "$@" |
		docker_api POST /containers/create -H 'Content-Type: application/json' -d @- | jq -r .Id)
	docker_api POST "/containers/$test_container/start" && test_exited=$(
		docker_api POST "/containers/$test_container/wait" | jq .StatusCode
	) && docker_api GET "/containers/$test_container/logs?stdout=1&stderr=1" | tr -d '\r'
	docker_api DELETE "/containers/$test_container?force=1&v=1"
	return "$test_exited"
}

# docker_address: of this machine as containers see it, by the image busybox.
docker_address() {
	in_container busybox ip route | sed -n 's/^default via \([^ ]*\).*/\1/p'
}
