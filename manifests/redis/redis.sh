#!/bin/sh
# Starts Redis as a replica of the master that Sentinel names; at the very first start that is pod 0.
set -eu
self="$HOSTNAME.$DOMAIN"
master=$(timeout 3 redis-cli -h "$DOMAIN" -p 26379 --raw \
  sentinel get-master-addr-by-name kedastral 2>/dev/null | head -n 1 || true)
case "$master" in
  *".$DOMAIN") ;;
  *) master="${HOSTNAME%-*}-0.$DOMAIN" ;;
esac
set -- --port 6379 --dir /data --save '' --maxmemory 64mb --maxmemory-policy noeviction \
  --replica-announce-ip "$self" --requirepass "$REDIS_PASSWORD" --masterauth "$REDIS_PASSWORD"
[ "$master" = "$self" ] || set -- "$@" --replicaof "$master" 6379
exec redis-server "$@"
