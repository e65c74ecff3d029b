#!/bin/sh
# The secrets of an installation, in files that its services read. `docker compose up` runs the first of these:
#   create     makes what is missing; JWT_SECRET and ADMIN_PASSWORD, where set, take the place of what was made
#   announce   makes the next signing secret: accepted, not used yet
#   switch     signs with it; the old one is still accepted
#   forget     ends the old one
# After each of the last three the nodes are restarted one after the other: docs/operations.md.
set -eu

secrets=${SECRETS_DIR:-/secrets}
database=${DATABASE_SECRETS_DIR:-/database-secrets}
redis=${REDIS_SECRETS_DIR:-/redis-secrets}

random() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'; }

# write FILE TEXT: readers see the old file or the new one.
write() {
  printf '%s' "$2" >"$1.new"
  chmod 444 "$1.new"
  mv "$1.new" "$1"
}

# keep FILE [GIVEN]: what was given, else what is there, else something new.
keep() {
  if [ -n "${2:-}" ]; then write "$1" "$2"; elif [ ! -s "$1" ]; then write "$1" "$(random)"; fi
}

create() {
  keep "$secrets/jwt" "${JWT_SECRET:-}"
  [ -e "$secrets/jwt-previous" ] || write "$secrets/jwt-previous" ''
  keep "$secrets/admin-password" "${ADMIN_PASSWORD:-}"
  keep "$database/password"
  write "$database/url" "mariadb://hadir:$(cat "$database/password")@mariadb:3306/hadir"
  keep "$redis/password"
  write "$redis/redis.conf" "requirepass $(cat "$redis/password")"
  write "$redis/url" "redis://:$(cat "$redis/password")@redis:6379"
  echo "The first administrator's password is in $secrets/admin-password."
}

case "${1:-}" in
  create) create ;;
  announce) write "$secrets/jwt-previous" "$(random)" ;;
  switch)
    [ -s "$secrets/jwt-previous" ] || { echo 'There is nothing to switch to: announce comes first.' >&2; exit 1; }
    old=$(cat "$secrets/jwt")
    write "$secrets/jwt" "$(cat "$secrets/jwt-previous")"
    write "$secrets/jwt-previous" "$old"
    ;;
  forget) write "$secrets/jwt-previous" '' ;;
  *)
    echo 'usage: secrets.sh create|announce|switch|forget' >&2
    exit 2
    ;;
esac
