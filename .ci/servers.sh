# shellcheck shell=bash
# The servers that the tests need: those that listen already, and others of our own. Sourced; keeps its files in $work.

readonly MARIADB_PORT=3306 MYSQL_PORT=3307 REDIS_PORT=6379 VALKEY_PORT=6380
readonly DEBIAN=http://deb.debian.org/debian

started=()

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

until_listens() {
  for _ in $(seq 60); do
    listens "$1" && return
    sleep 0.5
  done
  echo "Nothing listens on port $1." >&2
  tail -n 20 "$2" >&2 || true
  return 1
}

is_root() { [ "$(id -u)" = 0 ]; }

as_root() { if is_root; then "$@"; else sudo -n "$@"; fi; }

twice() { "$@" || { sleep 10; "$@"; }; }

apt_install() {
  export DEBIAN_FRONTEND=noninteractive
  twice as_root apt-get update -q
  # Servers are started below, by us: a package's own start would need an init system.
  printf 'exit 101\n' >"$work/policy"
  [ -e /usr/sbin/policy-rc.d ] || { as_root install -m 755 "$work/policy" /usr/sbin/policy-rc.d; policy=/usr/sbin/policy-rc.d; }
  as_root apt-get install -yq --no-install-recommends "$@"
  [ -z "${policy:-}" ] || as_root rm -f "$policy"
}

lacks_newer_servers() { ! listens "$MYSQL_PORT" || ! listens "$VALKEY_PORT" || ! command -v valkey-server >/dev/null; }

install_what_is_missing() {
  local missing=()
  command -v make >/dev/null || missing+=(make)
  command -v g++ >/dev/null || missing+=(g++)
  command -v openssl >/dev/null || missing+=(openssl)
  [ -x /usr/sbin/ip ] || [ -x /sbin/ip ] || missing+=(iproute2)
  [ -x /usr/bin/chromium ] || missing+=(chromium)
  [ -x /usr/sbin/haproxy ] || missing+=(haproxy)
  [ -x /usr/sbin/nginx ] || missing+=(nginx)
  command -v promtool >/dev/null || missing+=(prometheus)
  [ -x /usr/bin/python3 ] || missing+=(python3)
  /usr/bin/python3 -c 'import websockets' 2>/dev/null || missing+=(python3-websockets)
  listens "$MARIADB_PORT" || command -v mariadbd >/dev/null || missing+=(mariadb-server)
  command -v redis-server >/dev/null || missing+=(redis-server)
  ! lacks_newer_servers || [ -x /usr/sbin/debootstrap ] || missing+=(debootstrap)
  [ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}"
}

# A stable Debian has neither MySQL 9 nor Valkey 9. The packages of its next release are unpacked, not installed: nothing
# of this machine changes, and the programs run with the libraries they came with.
unpack_newer_servers() {
  twice download_newer_servers
  mkdir "$work/sid" "$work/bin"
  find "$work/packages/var/cache/apt/archives" -name '*.deb' -print0 | xargs -0 -n 1 -P 2 sh -c 'dpkg-deb -x "$1" "$0"' "$work/sid"
  program mysqld-9 "$work/sid/usr/sbin/mysqld"
  program valkey-server "$work/sid/usr/bin/valkey-server"
  PATH="$PATH:$work/bin"
}

download_newer_servers() {
  as_root rm -rf "$work/packages"
  as_root /usr/sbin/debootstrap --download-only --variant=minbase --include=mysql-server-core,valkey-server \
    sid "$work/packages" "$DEBIAN" >"$work/debootstrap.log" || { tail -n 5 "$work/debootstrap.log" >&2; return 1; }
}

# Names a program of the unpacked packages.
program() {
  local loader libraries
  loader=$(compgen -G "$work/sid/usr/lib*/ld-linux-*.so.?" | head -n 1)
  libraries=$(compgen -G "$work/sid/usr/lib/*-linux-gnu*" | head -n 1)
  printf '#!/bin/sh\nexec "%s" --library-path "%s" "%s" "$@"\n' "$loader" "$libraries" "$2" >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}

start_mariadb() {
  local user=()
  ! is_root || user=(--user=mysql)
  chmod 755 "$work"
  mkdir "$work/mariadb"
  ! is_root || chown mysql "$work/mariadb"
  mariadb-install-db --no-defaults "${user[@]}" --datadir="$work/mariadb" --auth-root-authentication-method=normal >/dev/null
  mariadbd --no-defaults "${user[@]}" --datadir="$work/mariadb" --port="$MARIADB_PORT" --bind-address=127.0.0.1 \
    --socket="$work/mariadb/socket" --pid-file="$work/mariadb/pid" >"$work/mariadb.log" 2>&1 &
  started+=($!)
  until_listens "$MARIADB_PORT" "$work/mariadb.log"
}

start_mysql() {
  local options=(--no-defaults "--basedir=$work/sid/usr" "--datadir=$work/mysql" --secure-file-priv=NULL)
  ! is_root || options+=(--user=root)
  mysqld-9 "${options[@]}" --initialize-insecure >"$work/mysql.log" 2>&1
  mysqld-9 "${options[@]}" --port="$MYSQL_PORT" --bind-address=127.0.0.1 --mysqlx=OFF \
    --socket="$work/mysql/socket" --pid-file="$work/mysql/pid" >>"$work/mysql.log" 2>&1 &
  started+=($!)
  until_listens "$MYSQL_PORT" "$work/mysql.log"
}

# A server of the Redis protocol: its program and its port.
start_redis() {
  "$1" --port "$2" --bind 127.0.0.1 --save '' --appendonly no --dir "$work" >"$work/$1.log" 2>&1 &
  started+=($!)
  until_listens "$2" "$work/$1.log"
}

start_servers() {
  ! lacks_newer_servers || unpack_newer_servers
  listens "$MARIADB_PORT" || start_mariadb
  listens "$MYSQL_PORT" || start_mysql
  listens "$REDIS_PORT" || start_redis redis-server "$REDIS_PORT"
  listens "$VALKEY_PORT" || start_redis valkey-server "$VALKEY_PORT"
}

stop_servers() {
  [ ${#started[@]} -eq 0 ] || kill "${started[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
}
