#!/bin/sh
# Make writable what Docker without --privileged leaves read-only, give the machine a host key of its own, become systemd.
mount -o remount,rw /sys
mount -o remount,bind,rw /sys/fs/cgroup
for each in /sys/fs/cgroup/*; do
    mountpoint -q "$each" && mount -o remount,bind,rw "$each"
done
mount --make-rshared /
key=/etc/ssh/ssh_host_ed25519_key
[ -s "$key" ] || ssh-keygen -q -t ed25519 -N '' -C '' -f "$key"
exec /sbin/init
