#!/bin/sh
# Prints everything that can be told about the payload, in a fixed order, for comparison as text. Needs root. Uses stat,
# sha256sum, getfattr and getfacl and nothing of ours.
#
#   list-payload.sh DIRECTORY...
set -eu
LC_ALL=C
export LC_ALL
for directory in "$@"; do
    cd "$directory"
    echo "== $directory: type, mode, owner, links, size, holes, time, name, link target"
    find . -print0 | sort -z | xargs -0 stat --printf '%F|%a|%u:%g|%h|%s|%b|%.9Y|%N\n' |
        awk -F'|' -v OFS='|' '
            # A directory has as many bytes as its filesystem likes; a file is sparse or not, whatever its block count.
            $1 == "directory" { $5 = "-" }
            { $6 = ($1 ~ /^regular/ && $6 * 512 < $5) ? "sparse" : "full"; print }'
    echo "== $directory: groups of hard links"
    find . -type f -links +1 -printf '%i %p\n' | sort | awk '
        { inode = $1; sub(/^[0-9]+ /, ""); names[inode] = names[inode] " " $0 }
        END { for (inode in names) print names[inode] }' | sort
    echo "== $directory: contents"
    find . -type f -print0 | sort -z | xargs -0 sha256sum
    echo "== $directory: extended attributes"
    find . ! -type l -print0 | sort -z | xargs -0 getfattr --absolute-names --no-dereference -d -m - -e hex
    echo "== $directory: ACLs"
    find . ! -type l -print0 | sort -z | xargs -0 getfacl --absolute-names --numeric --skip-base
done
