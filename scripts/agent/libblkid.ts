/**
 * util-linux's libblkid, for `inspect`: the low-level probes only, as a static library.
 *
 * It reads through the agent's own readers: `read`, `lseek` and `fstat` are renamed in the finished objects, and
 * agent/inspect/signature_blkid.c has what they are renamed to. The kernel's headers are linked in, because musl-gcc does
 * not see the system's.
 */
import type { LibraryRecipe } from "./recipes.ts";

const pools = ["pool/main/u/util-linux", "pool/updates/main/u/util-linux"];

export const blkid: LibraryRecipe = {
  name: "blkid",
  sources: [
    {
      version: "2.42.4",
      pools,
      file: "util-linux_2.42.4.orig.tar.xz",
      sha256: "fbd62a100ab7bb8746ba0661255c3c48185b1e9021507c624da01fbc696330ec",
    },
    {
      version: "2.42.2",
      pools,
      file: "util-linux_2.42.2.orig.tar.xz",
      sha256: "03a05d3adf9602ef128f2da05b84b3205ce60c351e5737c0370f74000679ce8a",
    },
    {
      version: "2.41.5",
      pools,
      file: "util-linux_2.41.5.orig.tar.xz",
      sha256: "f586e35d320ff537aab3ffeca37e9ecd482ccbe013590db4429a414d8aa6a728",
    },
    // Knows fewer formats; only for the day when the pool has dropped all of the above.
    {
      version: "2.38.1",
      pools,
      file: "util-linux_2.38.1.orig.tar.xz",
      sha256: "60492a19b44e6cf9a3ddff68325b333b8b52b6c59ce3ebd6a0ecaa4c5117e84f",
    },
  ],
  leaveOut: ["tests", "po/*.po", "po/*.gmo", "po-man", "Documentation"],
  script: `
mkdir -p "$OUT/lib" "$OUT/include/blkid" kernel
ln -s /usr/include/linux /usr/include/asm-generic kernel/
ln -s "\${KERNEL_HEADERS:-/usr/include/$(gcc -print-multiarch)}/asm" kernel/asm
"$SOURCE/configure" --host="$CONFIGURE_HOST" --disable-all-programs --enable-libblkid --disable-shared --enable-static \\
  --disable-nls --disable-asciidoc --disable-symvers --disable-bash-completion --disable-dependency-tracking \\
  --without-udev --without-econf --without-systemd \\
  CC="$CC" CFLAGS="$TARGET_CFLAGS -isystem $PWD/kernel"
make -s -j"$JOBS" AUTOMAKE=: ACLOCAL=: AUTOCONF=: AUTOHEADER=: libblkid.la
# Where time_t was 32 bits wide once, musl's fstat goes by another name.
case "$CONFIGURE_HOST" in i686-*) fstat=__fstat_time64 ;; *) fstat=fstat ;; esac
"\${TOOL_PREFIX}objcopy" --redefine-sym read=sma_blkid_read --redefine-sym lseek=sma_blkid_lseek \\
  --redefine-sym "$fstat=sma_blkid_fstat" .libs/libblkid.a "$OUT/lib/libblkid.a"
cp libblkid/src/blkid.h "$OUT/include/blkid/"
`,
};
