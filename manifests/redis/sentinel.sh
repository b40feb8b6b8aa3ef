#!/bin/sh
# Starts Sentinel on the master that the others watch; at the very first start that is pod 0.
set -eu
umask 077
master=$(timeout 3 redis-cli -h "$DOMAIN" -p 26379 --raw \
  sentinel get-master-addr-by-name kedastral 2>/dev/null | head -n 1 || true)
case "$master" in
  *".$DOMAIN") ;;
  *) master="${HOSTNAME%-*}-0.$DOMAIN" ;;
esac
cat > /data/sentinel.conf <<CONF
port 26379
dir /data
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel announce-ip $HOSTNAME.$DOMAIN
sentinel monitor kedastral $master 6379 2
sentinel auth-pass kedastral $REDIS_PASSWORD
sentinel down-after-milliseconds kedastral 5000
sentinel failover-timeout kedastral 20000
CONF
exec redis-server /data/sentinel.conf --sentinel
