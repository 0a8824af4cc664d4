#!/bin/sh
# Makes the secrets of compose.yaml, at random, in deploy/secrets. What is there stays as it is.
# The folder is closed to others; the files in it are readable, since the account in the containers
# is another one than yours.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets
umask 022

secret() { # NAME: a password, made the first time
    [ -s "secrets/$1" ] || od -An -N24 -tx1 /dev/urandom | tr -d ' \n' > "secrets/$1"
    cat "secrets/$1"
}

postgres=$(secret postgres_password)
valkey=$(secret valkey_password)
secret grafana_password > /dev/null
printf 'postgresql://tocsin:%s@postgres:5432/tocsin' "$postgres" > secrets/database_url
printf 'redis://:%s@valkey:6379/0' "$valkey" > secrets/redis_url
printf 'requirepass %s\ndir /data\nappendonly yes\nappendfsync everysec\nsave ""\nmaxmemory-policy noeviction\n' \
    "$valkey" > secrets/valkey.conf
