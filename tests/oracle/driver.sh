#!/bin/sh
# driver.sh READER WORK PORT SHORT: one reader of image files reads every case; runs inside the readers' folder.
#
# The cases are WORK/cases/*.tar. What the reader says of each goes to WORK/READER: CASE.code, CASE.log, and what it would
# run, in files of its own that `answer.rs` reads. A daemon is started once, and ended with the script.
set -u
reader=$1 work=$2 port=$3 short=$4
out=$work/$reader
# Some readers wait for ever for a fifo in the place of a document: that is a refusal.
hung=20
mkdir -p "$out"

# each COMMAND...: for every case, with its file in $file and its name in $case; the exit code is the reader's.
each() {
    for file in "$work"/cases/*.tar; do
        case=${file##*/}
        case=${case%.tar}
        if is_for_reader; then
            "$@" >"$out/$case.log" 2>&1
        else
            echo "without the document that it reads" >"$out/$case.log"
            false
        fi
        echo $? >"$out/$case.code"
    done
}

# In a short run a reader is spared the files in which the document that it goes by is not even named.
is_for_reader() {
    [ "$short" = yes ] || return 0
    case $reader in
        skopeo-docker-archive | docker | crane) grep -qi manifest.json "$file" ;;
        skopeo-oci-archive | skopeo-oci | umoci | oras) grep -qi index.json "$file" ;;
        skopeo-by-name) grep -qi index.json "$file" && grep -q '"1"' "$file" ;;
    esac
}

# until_answers COMMAND...: waits for a daemon, a minute at most.
until_answers() {
    tries=600
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || { echo "$reader does not answer"; cat "$out/daemon"; exit 1; }
        sleep 0.1
    done
}

# skopeo_copy IMAGE
skopeo_copy() {
    timeout "$hung" skopeo --insecure-policy --override-os=linux --override-arch=amd64 copy -q "$1" "dir:$out/$case"
}

skopeo_copy_from() { skopeo_copy "$1:$file"; }

skopeo_copy_by_name() { skopeo_copy "oci-archive:$file:1"; }

skopeo_copy_unpacked() {
    mkdir "$out/unpacked.$case"
    tar -xf "$file" -C "$out/unpacked.$case" || return
    skopeo_copy "oci:$out/unpacked.$case"
}

podman() {
    set -- --storage-driver=vfs --events-backend=none --cgroup-manager=cgroupfs "$@"
    exec podman --root "$out/store/root" --runroot "$out/store/run" --tmpdir "$out/store/tmp" "$@"
}

# The service loads as the command does, and is started once.
start_podman() {
    podman system service --time=0 "unix://$out/p.sock" >"$out/daemon" 2>&1 &
    daemon=$!
    until_answers test -S "$out/p.sock"
}

# post SOCKET PATH: the file to a daemon.
post() { timeout "$hung" perl "$work/post.pl" "$1" "$2" "$file"; }

podman_load() { post "$out/p.sock" /v5.0.0/libpod/images/load; }

docker() { timeout "$hung" docker -H "unix://$out/d.sock" "$@"; }

docker_load() { post "$out/d.sock" '/images/load?quiet=1'; }

inspect() {
    engine=$1
    shift
    ("$engine" image inspect "$@") >>"$out/images"
}

# What an engine has after all loads, as one document.
all_images() {
    ("$1" images -aq --no-trunc) | sort -u >"$out/ids"
    while read -r id; do
        set -- "$@" "$id"
        if [ $# -gt 100 ]; then
            inspect "$@"
            set -- "$1"
        fi
    done <"$out/ids"
    [ $# -eq 1 ] || inspect "$@"
}

# start_docker OPTION...
start_docker() {
    dockerd --bridge=none --iptables=false --ip6tables=false --data-root "$out/data" --exec-root "$out/exec" \
        -H "unix://$out/d.sock" -p "$out/pid" "$@" >"$out/daemon" 2>&1 &
    daemon=$!
    until_answers docker version
}

# The plugin that imports must be told of the snapshotter; nothing is collected while cases are read.
start_containerd() {
    cat >"$out/config.toml" <<CONFIG
version = 3
root = "$out/root"
state = "$out/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime", "io.containerd.cri.v1.images"]
[grpc]
address = "$out/c.sock"
[ttrpc]
address = "$out/t.sock"
[plugins."io.containerd.gc.v1.scheduler"]
mutation_threshold = 0
deletion_threshold = 0
schedule_delay = "1h"
startup_delay = "1h"
[[plugins."io.containerd.transfer.v1.local".unpack_config]]
platform = "linux/amd64"
snapshotter = "native"
differ = "walking"
CONFIG
    containerd -c "$out/config.toml" >"$out/daemon" 2>&1 &
    daemon=$!
    until_answers ctr -a "$out/c.sock" version
}

# ctr_import OPTION...: then a container of each image, which nothing starts: its specification says what would run.
ctr_import() {
    ctr="ctr -a $out/c.sock -n $case"
    timeout "$hung" $ctr image import --snapshotter=native "$@" "$file" || return
    $ctr image ls -q >"$out/$case.names"
    number=0
    while read -r name; do
        number=$((number + 1))
        if $ctr container create --snapshotter=native "$name" "c$number"; then
            $ctr container info "c$number" >"$out/$case.$number.container"
        fi
    done <"$out/$case.names"
    return 0
}

# umoci reads directories: the archive is unpacked as a person would do it.
umoci_unpack() {
    mkdir "$out/$case"
    tar -xf "$file" -C "$out/$case" || return
    timeout "$hung" umoci ls --layout "$out/$case" >"$out/$case.names" || return
    [ -s "$out/$case.names" ] || { echo "no tag"; return 1; }
    number=0
    while read -r tag; do
        number=$((number + 1))
        timeout "$hung" umoci unpack --image "$out/$case:$tag" "$out/$case.$number.bundle" || return
        mv "$out/$case.$number.bundle/config.json" "$out/$case.$number.container"
    done <"$out/$case.names"
}

# oras copies the image of a tag to another layout. A tag with a colon is another path for it.
oras_copy() {
    timeout "$hung" oras repo tags --oci-layout "$file" >"$out/$case.tags" || return
    grep -v '[:@]' "$out/$case.tags" >"$out/$case.names" || { echo "no tag"; return 1; }
    number=0
    while IFS= read -r tag; do
        number=$((number + 1))
        timeout "$hung" oras copy --from-oci-layout --to-oci-layout "$file:$tag" "$out/$case:$number" || return
        oras manifest fetch-config --oci-layout --platform linux/amd64 "$file:$tag" >"$out/$case.$number.container"
    done <"$out/$case.names"
    return 0
}

start_registry() {
    PORT=$1 crane registry serve --address "127.0.0.1:$1" >"$out/daemon" 2>&1 &
    daemon=$!
    registry=127.0.0.1:$1
    until_answers crane catalog "$registry"
}

# Each case has a registry of its own: what another one pushed would stand in for what is missing.
skopeo_push() {
    start_registry "$port"
    for transport in oci-archive docker-archive; do
        timeout "$hung" skopeo --insecure-policy copy --all -q --dest-tls-verify=false "$transport:$file" \
            "docker://$registry/$case:1" && break
    done
    code=$?
    [ "$code" -ne 0 ] || crane config --platform linux/amd64 "$registry/$case:1" >"$out/$case.config"
    kill "$daemon"
    wait "$daemon"
    daemon=
    return "$code"
}

crane_push() {
    timeout "$hung" crane push "$file" "$registry/$case:1" && crane config --platform linux/amd64 "$registry/$case:1" >"$out/$case.config"
}

daemon=
case $reader in
    skopeo-oci-archive) each skopeo_copy_from oci-archive ;;
    skopeo-by-name) each skopeo_copy_by_name ;;
    skopeo-oci) each skopeo_copy_unpacked ;;
    skopeo-docker-archive) each skopeo_copy_from docker-archive ;;
    podman)
        start_podman
        each podman_load
        all_images podman
        ;;
    docker)
        start_docker --storage-driver=vfs
        each docker_load
        all_images docker
        ;;
    docker-containerd)
        echo '{"features":{"containerd-snapshotter":true}}' >"$out/config.json"
        start_docker --storage-driver=native --config-file "$out/config.json"
        each docker_load
        all_images docker
        ;;
    ctr)
        start_containerd
        each ctr_import
        ;;
    kind)
        start_containerd
        each ctr_import --local --all-platforms --digests
        ;;
    umoci) each umoci_unpack ;;
    oras) each oras_copy ;;
    skopeo-push) each skopeo_push ;;
    crane)
        start_registry "$port"
        each crane_push
        ;;
esac
[ -z "$daemon" ] || { kill "$daemon"; wait "$daemon"; }
exit 0
