/**
 * What is looked at in the appliance before anything is mounted for good: every filesystem's identity, and which of
 * them hold an operating system. Read-only mounts that replay no journal; one round trip.
 */
export const inspectScript = String.raw`
exec 2>/dev/null
lvm vgchange -ay >/dev/null
while read -r _ _ number _ point _; do [ "$point" = / ] && echo "own $number"; done < /proc/self/mountinfo
for b in /sys/block/sd*; do echo "disk $(basename $b) $(basename $(readlink $b/device)) $(cat $b/dev)"; done
devices=
for d in /dev/sd*[0-9] /dev/sd*[a-z] /dev/mapper/*-* /dev/md[0-9]*; do [ -b "$d" ] && devices="$devices $d"; done
for d in $devices; do
  echo "device $d"
  known=$(blkid -p -o export "$d")
  echo "$known" | grep -E '^(TYPE|UUID|LABEL|PART_ENTRY_UUID|PART_ENTRY_TYPE|PART_ENTRY_NUMBER|PTTYPE)='
  case $d in /dev/mapper/*)
    lv=$(lvm lvs --noheadings --separator / -o vg_name,lv_name "$d")
    [ -n "$lv" ] && echo "volume=$(echo $lv)" ;;
  esac
  case $d in /dev/sd*[a-z]) head -c 440 "$d" | base64 -w0 | sed 's/^/bootcode=/;s/$/\n/' ;; esac
done
look() {
  [ -e "$1/etc/fstab" -o -e "$1/etc/os-release" -o -L "$1/etc/os-release" ] && [ -d "$1/usr" ] && {
    echo "system $2 $3"
    for f in etc/fstab etc/os-release usr/lib/os-release etc/redhat-release etc/debian_version; do
      [ -f "$1/$f" ] && echo "file=$f $(base64 -w0 "$1/$f")"
    done
    for k in "$1"/boot/vmlinuz-* "$1"/lib/modules/*/vmlinuz "$1"/lib/modules/*/modules.dep; do [ -e "$k" ] && echo "kernel=$(echo "$k" | sed "s|^$1||")"; done
  }
}
m=/tmp/sma-inspect
mkdir -p $m
for d in $devices; do
  type=$(blkid -p -s TYPE -o value "$d")
  case $type in
    ext2|ext3|ext4) mount -t $type -o ro,noload "$d" $m || continue; look $m $d -; umount $m ;;
    xfs) mount -t xfs -o ro,norecovery,nouuid "$d" $m || continue; look $m $d -; umount $m ;;
    btrfs)
      for subvolume in - @ @rootfs root; do
        option=; [ $subvolume = - ] || option=,subvol=$subvolume
        mount -t btrfs -o ro$option "$d" $m || continue
        look $m $d $subvolume && { umount $m; break; }
        umount $m
      done ;;
    ntfs) mount -t ntfs-3g -o ro "$d" $m || mount -t ntfs3 -o ro "$d" $m || continue
      ls -d $m/[Ww][Ii][Nn][Dd][Oo][Ww][Ss]/[Ss]ystem32 >/dev/null && echo "windows $d"; umount $m ;;
  esac
done
echo end
`;
