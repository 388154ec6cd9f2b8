/**
 * Inode flags (`chattr`), of which rsync knows nothing: read by ioctl in perl, set by chattr, and read anew for the lists
 * that are compared. Shell functions of the helper machine. Pure.
 */
import type { TargetPartition } from "../../common/domain/target-layout.ts";

/** As `FS_IOC_GETFLAGS` has them, with chattr's letters. */
const flagBits = { S: 0x8, i: 0x10, a: 0x20, d: 0x40, A: 0x80, j: 0x4000, D: 0x1_0000, T: 0x2_0000 } as const;
type Flag = keyof typeof flagBits;

/**
 * What a new filesystem keeps and what means there what it meant before. Not among them: what ext4 stores and nobody
 * heeds (`s`, `u`, `c`, `t`), and how a file is stored (`e`, `I`, `C`, …), which is the new filesystem's affair.
 */
const keptBy: Readonly<Record<"ext4" | "xfs", readonly Flag[]>> = {
  ext4: ["S", "i", "a", "d", "A", "j", "D", "T"],
  xfs: ["S", "i", "a", "d", "A"],
};

/** The flags that are brought over into a partition, as a mask; 0 for a FAT. */
export function keptFlags(partition: TargetPartition): number {
  if (partition.role !== "data") return 0;
  return keptBy[partition.filesystem].reduce((mask, flag) => mask | flagBits[flag], 0);
}

const letters = Object.entries(flagBits)
  .map(([letter, bit]) => `${letter} => ${bit}`)
  .join(", ");

/**
 * All of them work on what is below the working directory, and of that on regular files and directories: opening
 * anything else could do something.
 */
export const flagFunctions = String.raw`
cat > /tmp/flags.pl <<'END'
use strict;
my ($act, $mask, $from, $to) = @ARGV;
my %letters = (${letters});
my %waiting;
sub change { system("chattr", split(/ /, $_[0]), "--", splice(@{$waiting{$_[0]}})) }
sub flags {
  # O_NONBLOCK | O_NOFOLLOW | O_NOATIME
  sysopen(my $file, $_[0], 0x800 | 0x20000 | 0x40000) or return 0;
  my $value = pack("q", 0);
  return ioctl($file, 0x80086601, $value) ? unpack("L", $value) & $mask : 0;
}
$/ = "\0";
while (my $name = <STDIN>) {
  chomp $name;
  if ($act eq "list") {
    my $has = flags($name);
    printf "%x\t%s\0", $has, $name if $has;
    next;
  }
  next unless -e "$to/$name" && !-l "$to/$name";
  my ($wanted, $has) = (flags("$from/$name"), flags("$to/$name"));
  next if $wanted == $has;
  my $change = sub { join "", grep { $_[0] & $letters{$_} } sort keys %letters };
  my ($more, $less) = ($change->($wanted & ~$has), $change->($has & ~$wanted));
  my $mode = join " ", ($more ne "" ? "+$more" : ()), ($less ne "" ? "-$less" : ());
  push @{$waiting{$mode}}, "$to/$name";
  change($mode) if @{$waiting{$mode}} >= 200;
}
change($_) for keys %waiting;
END
inodes() { find . -xdev \( -type f -o -type d \) -print0; }
flags_of() { [ "$1" = 0 ] || inodes | perl /tmp/flags.pl list "$1"; }
# set_flags MASK FROM: what is below the working directory gets what it has below FROM.
set_flags() { [ "$1" = 0 ] || inodes | perl /tmp/flags.pl set "$1" "$2" .; }
# What an earlier run left that would be in rsync's way.
free_flags() { flags_of ${flagBits.i | flagBits.a} | cut -z -f 2- | xargs -0 -r chattr -ia -- 2>/dev/null; }
`;
