#!/bin/sh
# The example server-runner-gitea: its settings, with a Gitea, a server, a runner and a container.

. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"
. "$top_srcdir/tests/gitea.sh"
. "$top_srcdir/tests/docker.sh"
. "$top_srcdir/tests/server.sh"
. "$top_srcdir/tests/jobs.sh"
. "$top_srcdir/tests/flow.sh"

# settings FILE: those of the example, with the addresses of this case, and images of which only the one
# that .jci/image names is here.
settings() {
	sed -e '/^#/d' -e "s,https://gitea.example,$gitea," -e "s,https://ci.example,${url%/}," \
		-e 's/^JCI_IMAGE=debian:.*/JCI_IMAGE=jci-test-none/' -e 's/=debian:/=jci-test-/' \
		"$top_srcdir/doc/examples/server-runner-gitea/$1"
}

# secrets: in files, as the example's page has them, and not in the environment.
secrets() {
	for test_setting in GITEA_TOKEN GITEA_WEBHOOK_SECRET JCI_RUNNER_SECRET; do
		eval "echo \"\$$test_setting\"" >"$TRASH/$test_setting"
		export "${test_setting}_FILE=$TRASH/$test_setting"
	done
	unset GITEA_TOKEN GITEA_WEBHOOK_SECRET JCI_RUNNER_SECRET
}

it 'with these settings a push is run in a container, and its run is there for all' <<'EOT'
start_gitea --address="$docker_host"
server_settings
secrets
url=http://127.0.0.1:1/
gitea_tell repository name=boss/demo >repository
gitea_webhook "${url}webhook"
env $(settings server.env) git-jci server check
export $(settings server.env) JCI_POLL_INTERVAL=1s JCI_BUNDLE="$flow_bundle"
start_server
export JCI_LISTEN="${url#http://}"
JCI_LISTEN=${JCI_LISTEN%/}
gitea_webhook "${url}webhook"
env $(settings runner.env) git-jci runner --check
start_runner a $(settings runner.env)
example server-runner-gitea
sed -i 's/^debian:.*/jci-test-busybox/' .jci/image
commit 'the image that is here'
git remote add origin "$(gitea_url demo)"
git push -q -u origin main
same 'success passed in T (job 1)' "$(final)"
git jci pull
same 'Hello, world!' "$(git jci cat latest greeting.txt)"
git jci cat latest | grep 'branch main, started by push'
EOT

finish
