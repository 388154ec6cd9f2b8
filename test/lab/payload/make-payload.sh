#!/bin/sh
# Fills DIRECTORY with what copying tools get wrong. Run inside the guest's root filesystem.
#
#   make-payload.sh DIRECTORY
set -eu
umask 022
mkdir -p "$1"
cd "$1"

# Bulk: half of it does not compress, half does.
mkdir bulk
for number in 1 2 3 4; do
    head -c 4194304 /dev/urandom > "bulk/random-$number.bin"
done
seq 1 2000000 > bulk/numbers.txt

# Many small files in a deep tree.
deep=deep
for level in $(seq 1 40); do deep=$deep/level-$level; done
mkdir -p "$deep"
echo "at the bottom" > "$deep/bottom.txt"
mkdir small
for number in $(seq 1 1500); do echo "file $number" > "small/$number.txt"; done

# Hard links, symbolic links (relative, absolute, dangling), a FIFO, set-user-ID, set-group-ID and sticky bits.
mkdir links
echo "one file, three names" > links/first
ln links/first links/second
ln links/first "small/third-name"
ln -s first links/relative
ln -s /etc/hostname links/absolute
ln -s nowhere/at/all links/dangling
mkfifo -m 640 links/fifo
mkdir modes
for mode in 4755 2755 1777 0000 0600 6711; do echo "$mode" > "modes/$mode" && chmod "$mode" "modes/$mode"; done
mkdir -m 3770 modes/directory
chown 1234:5678 modes/0600

# Extended attributes and ACLs.
mkdir attributes
echo "with attributes" > attributes/user
setfattr -n user.lab.text -v "a value" attributes/user
setfattr -n user.lab.binary -v 0x00ff10 attributes/user
setfattr -n trusted.lab -v "only root sees it" attributes/user
echo "with an ACL" > attributes/acl
setfacl -m u:1234:rw,g:5678:r,m::rwx attributes/acl
mkdir attributes/default-acl
setfacl -d -m u:1234:rwx attributes/default-acl
cp /usr/bin/true attributes/capable
setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 attributes/capable

# Sparse files: a hole at the start, at the end, and nothing but a hole.
mkdir sparse
truncate -s 16M sparse/only-hole
truncate -s 8M sparse/hole-first && echo "the end" >> sparse/hole-first
echo "the start" > sparse/hole-last && truncate -s 12M sparse/hole-last

# Names.
mkdir names
echo x > "names/日本語のファイル"
echo x > "names/Füße und Straße"
echo x > "names/emoji-🚀"
echo x > "names/with  two spaces "
echo x > "names/-dash"
echo x > "names/quote'\"\$back\\slash"
printf x > "names/$(printf 'latin1-\351')"
printf x > "names/$(printf 'new\nline')"
: > "names/$(printf 'n%.0s' $(seq 1 255))"
: > names/empty

# Times before 1970 and to the nanosecond.
mkdir times
touch -d '1969-07-20 20:17:40.123456789 UTC' times/before-epoch
touch -d '2001-09-09 01:46:40.987654321 UTC' times/billion
sync -f .
