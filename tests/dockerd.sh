# A Docker Engine and images for tests, without a docker client. Sourced by docker.sh and by
# ../bootstrap; none of this needs lib.sh. A function that fails leaves the reason in $docker_problem.
# shellcheck shell=sh

docker_folder=/var/tmp/jci-tests-$(id -u) # for all build folders: locks, root file systems, our engine

# ---- the engine ----

# docker_enter: has an engine answer at $DOCKER_HOST, which it exports: the one that runs already, else
# one of our own. All who entered share it; descriptor 7 is held until docker_leave.
docker_enter() {
	docker_problem=
	for docker_tool in curl jq flock; do
		docker_has "$docker_tool" || return 1
	done
	docker_make_folder || return 1
	exec 7>>"$docker_folder/users"
	flock -s 7
	export DOCKER_HOST="${DOCKER_HOST:-unix:///var/run/docker.sock}"
	case $DOCKER_HOST in
	unix://*) ;;
	*)
		docker_problem="DOCKER_HOST is no unix socket: $DOCKER_HOST"
		return 1
		;;
	esac
	docker_answers || docker_enter_ours
}

# docker_leave: the last one to leave stops our engine, or takes our images out of another's.
docker_leave() {
	if flock -n -x 7 2>/dev/null; then
		case $DOCKER_HOST in
		"unix://$docker_folder/"*) docker_stop ;;
		*) docker_remove_images ;;
		esac
	fi
	flock -u 7 2>/dev/null
	exec 7>&-
}

docker_has() {
	PATH=$PATH:/usr/sbin command -v "$1" >/dev/null || {
		docker_problem="there is no $1"
		return 1
	}
}

# Whoever made it can make root run programs: it must be ours.
docker_make_folder() {
	test -d "$docker_folder" || mkdir -m 700 "$docker_folder" 2>/dev/null || :
	if test ! -O "$docker_folder" || test -h "$docker_folder"; then
		docker_problem="$docker_folder is another user's"
		return 1
	fi
}

docker_answers() {
	docker_api GET /_ping 2>/dev/null | grep -q OK
}

docker_enter_ours() {
	docker_problem='no Docker Engine runs, and only root can start one'
	test "$(id -u)" -eq 0 || return 1
	docker_has dockerd || return 1
	DOCKER_HOST=unix://$docker_folder/docker.sock
	exec 6>>"$docker_folder/starting"
	flock -x 6
	docker_answers || docker_start
	docker_started=$?
	exec 6>&-
	return "$docker_started"
}

docker_start() {
	test -e /sys/fs/cgroup/cgroup.controllers || test -d /sys/fs/cgroup/memory ||
		PATH=$PATH:/usr/sbin cgroupfs-mount >/dev/null 2>&1
	# A session of its own: what ends one test must not end the engine of the others.
	PATH=$PATH:/usr/sbin:/sbin setsid dockerd --host "$DOCKER_HOST" --data-root "$docker_folder/data" \
		--exec-root "$docker_folder/exec" --pidfile "$docker_folder/dockerd.pid" \
		</dev/null >"$docker_folder/dockerd.log" 2>&1 6>&- 7>&- &
	docker_pid=$!
	docker_wait 60 '! kill -0 "$docker_pid" 2>/dev/null || docker_answers'
	docker_answers || {
		docker_problem="dockerd does not start: $(tail -n 1 "$docker_folder/dockerd.log")"
		return 1
	}
}

docker_stop() {
	docker_pid=$(cat "$docker_folder/dockerd.pid" 2>/dev/null) || return 0
	kill "$docker_pid"
	docker_wait 60 '! kill -0 "$docker_pid" 2>/dev/null' || kill -KILL "$docker_pid"
	rm -rf "$docker_folder/data" "$docker_folder/exec"
}

# docker_wait SECONDS CONDITION
docker_wait() {
	docker_deadline=$(($(date +%s) + $1))
	until eval "$2"; do
		test "$(date +%s)" -lt "$docker_deadline" || return 1
		sleep 0.1
	done
}

# docker_api METHOD PATH [CURL-OPTION...]: an answer of the engine; fails where it is an error.
docker_api() {
	docker_method=$1
	docker_path=$2
	shift 2
	curl -sS -g --fail-with-body -X "$docker_method" --unix-socket "${DOCKER_HOST#unix://}" "$@" \
		"http://docker$docker_path"
}

# ---- images ----
# jci-test-NAME, made here of what is on this machine. A function make_NAME fills a folder; the root
# file system is kept for the next time as NAME-VERSION.tar, VERSION being that of this file.

docker_images='busybox debian musl scratch user'

# docker_image NAME: has the engine know jci-test-NAME.
docker_image() {
	docker_problem=
	exec 6>>"$docker_folder/making-$1"
	flock -x 6
	docker_api GET "/images/jci-test-$1/json" >/dev/null 2>&1 || {
		docker_make_tar "$1" && docker_import "$1"
	}
	docker_made=$?
	exec 6>&-
	return "$docker_made"
}

docker_import() {
	docker_changes='changes=CMD%20%5B%22true%22%5D'
	test "$1" != user || docker_changes='changes=USER%201000:1000'
	docker_api POST "/images/create?fromSrc=-&repo=jci-test-$1&tag=latest&$docker_changes" \
		-H 'Content-Type: application/x-tar' -T "$docker_tar" >"$docker_folder/$1.import" ||
		docker_problem="image $1 is not taken: $(cat "$docker_folder/$1.import")"
	test -z "$docker_problem"
}

docker_remove_images() {
	for docker_name in $docker_images; do
		docker_api DELETE "/images/jci-test-$docker_name?force=1" >/dev/null 2>&1 || :
	done
}

# docker_make_tar NAME: sets $docker_tar, and makes it unless it is there and not older than a month.
docker_make_tar() {
	docker_tar=$docker_folder/$1-$(cksum <"$top_srcdir/tests/dockerd.sh" | tr ' ' -).tar
	test -z "$(find "$docker_tar" -mtime -30 2>/dev/null)" || return 0
	docker_root=$docker_folder/root-$1
	rm -rf "$docker_root"
	mkdir -m 755 "$docker_root"
	"make_$1" "$docker_root" >"$docker_folder/$1.log" 2>&1 &&
		tar -c --numeric-owner --owner=0 --group=0 -C "$docker_root" -f "$docker_root.tar" . &&
		rm -f "$docker_folder/$1"-*.tar && mv "$docker_root.tar" "$docker_tar" ||
		docker_problem=${docker_problem:-image $1 is not made: $(tail -n 1 "$docker_folder/$1.log")}
	rm -rf "$docker_root"
	test -z "$docker_problem"
}

# A shell and small tools of one static program; no git, no libraries, no certificates.
make_busybox() {
	docker_has busybox || return 1
	mkdir -p "$1/bin" "$1/etc" "$1/root" "$1/usr/bin" "$1/var"
	mkdir -m 1777 "$1/tmp"
	cp "$(command -v busybox)" "$1/bin/busybox"
	for docker_applet in $("$1/bin/busybox" --list); do
		test "$docker_applet" = busybox || ln -s busybox "$1/bin/$docker_applet"
	done
	echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
	echo 'root:x:0:' >"$1/etc/group"
}

# The same, run by a user who has no home and may write to /tmp alone.
make_user() {
	make_busybox "$1"
	echo 'worker:x:1000:1000:worker:/home/worker:/bin/sh' >>"$1/etc/passwd"
	echo 'worker:x:1000:' >>"$1/etc/group"
}

# The same with another C library than ours, and a program that needs it, as Alpine has.
make_musl() {
	docker_has musl-gcc || return 1
	make_busybox "$1"
	mkdir "$1/lib"
	echo 'int puts(const char *); int main(void) { return puts("hello from musl") < 0; }' >"$1/hello.c"
	musl-gcc -o "$1/bin/hello" "$1/hello.c"
	rm "$1/hello.c"
	cp -L /lib/ld-musl-*.so.1 "$1/lib"
}

# One static program, /bin/sleep, and nothing else: no shell, no /tmp, no /etc.
make_scratch() {
	docker_has busybox || return 1
	mkdir "$1/bin"
	cp "$(command -v busybox)" "$1/bin/sleep"
}

# Debian of this machine's release from this machine's mirror, without git.
make_debian() {
	test "$(id -u)" -eq 0 || {
		docker_problem='only root can make the image debian'
		return 1
	}
	docker_has debootstrap || return 1
	"$top_srcdir/contrib/debian/make-root" "$1" || return 1
	rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1"/usr/share/doc/* "$1"/usr/share/man/* \
		"$1"/usr/share/locale/* "$1"/var/log/*
}
