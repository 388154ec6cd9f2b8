/**
 * What the agent is built from: pinned library sources and how each library is built.
 *
 * Sources are the upstream tarballs inside Debian's source packages. A Debian pool drops a version once no suite
 * holds it any more, so every library lists several candidates; the first one that a mirror still has is used.
 * The text of a recipe is part of the cache key: changing it rebuilds the library.
 */
import { blkid } from "./libblkid.ts";
import { musl } from "./musl.ts";

export interface PinnedSource {
  readonly version: string;
  /** File names below a mirror's base, tried in turn: security updates live in another pool. */
  readonly pools: readonly string[];
  readonly file: string;
  readonly sha256: string;
}

export interface LibraryRecipe {
  readonly name: string;
  /** Best first. */
  readonly sources: readonly PinnedSource[];
  /** Members of the tarball that the build does not need, as tar patterns below the top folder. */
  readonly leaveOut: readonly string[];
  /** The result has its own path in it and cannot be moved. */
  readonly knowsItsPlace?: true;
  /**
   * POSIX shell, run with `-e` in an empty folder beside the unpacked `$SOURCE`; puts `include/` and `lib/` into
   * `$OUT`, which ends as `$FINAL`. Gets `$CC`, `$AR`, `$RANLIB`, `$TARGET_CFLAGS`, `$OPENSSL_TARGET`,
   * `$CONFIGURE_HOST`, `$TOOL_PREFIX`, `$KERNEL_HEADERS`, `$JOBS`.
   */
  readonly script: string;
}

const opensslPools = ["pool/main/o/openssl", "pool/updates/main/o/openssl"];

/** TLS client, X.509, SHA-256, AES-GCM and ChaCha20-Poly1305 are wanted; everything that can be left out is. */
const opensslOptions = [
  "no-shared no-dso no-module no-async no-secure-memory no-afalgeng no-quic no-thread-pool no-default-thread-pool",
  "no-tests no-docs no-apps no-demos no-unit-test no-makedepend no-legacy no-engine no-dynamic-engine",
  "no-static-engine no-deprecated no-autoload-config no-filenames no-trace no-ssl-trace no-ui-console no-sslkeylog",
  "no-ktls no-comp no-zlib no-dtls no-sctp no-srtp no-psk no-srp no-ct no-ocsp no-cms no-cmp no-ts no-http",
  "no-nextprotoneg no-rfc3779 no-integrity-only-ciphers no-tls-deprecated-ec no-weak-ssl-ciphers no-fips no-jitter",
  "no-argon2 no-aria no-bf no-blake2 no-camellia no-cast no-cmac no-des no-dsa no-ec2m no-gost no-idea no-md4",
  "no-mdc2 no-ml-dsa no-ml-kem no-slh-dsa no-ocb no-rc2 no-rc4 no-rmd160 no-scrypt no-seed no-siphash no-siv",
  "no-sm2 no-sm3 no-sm4 no-whirlpool no-multiblock",
];

const openssl: LibraryRecipe = {
  name: "openssl",
  sources: [
    {
      version: "3.5.7",
      pools: opensslPools,
      file: "openssl_3.5.7.orig.tar.gz",
      sha256: "a8c0d28a529ca480f9f36cf5792e2cd21984552a3c8e4aa11a24aa31aeac98e8",
    },
    {
      version: "3.5.6",
      pools: opensslPools,
      file: "openssl_3.5.6.orig.tar.gz",
      sha256: "deae7c80cba99c4b4f940ecadb3c3338b13cb77418409238e57d7f31f2a3b736",
    },
    // Not LTS: only for the day when the pool has moved beyond both of the above and nobody has updated this list.
    {
      version: "3.6.5",
      pools: opensslPools,
      file: "openssl_3.6.5.orig.tar.gz",
      sha256: "a2157c2830efdec3788939b00c9b0638306d3f0bbb76dc4832ee503bb397df98",
    },
  ],
  leaveOut: ["test", "demos", "doc/*.pod", "fuzz/corpora"],
  script: `
export CC="$CC" SOURCE_DATE_EPOCH=0
perl "$SOURCE/Configure" "$OPENSSL_TARGET" --release $TARGET_CFLAGS ${opensslOptions.join(" ")}
make -s -j"$JOBS" build_libs
mkdir -p "$OUT/lib" "$OUT/include"
cp libssl.a libcrypto.a "$OUT/lib/"
cp -R "$SOURCE/include/openssl" "$OUT/include/"
cp -R include/openssl/. "$OUT/include/openssl/"
`,
};

const zstd: LibraryRecipe = {
  name: "zstd",
  sources: [
    {
      version: "1.5.7",
      pools: ["pool/main/libz/libzstd"],
      file: "libzstd_1.5.7+dfsg.orig.tar.xz",
      sha256: "0c092ef267edce57ba7f3f2645c861f72eaf5e76273c6c3632869423464b90a5",
    },
    {
      version: "1.5.4",
      pools: ["pool/main/libz/libzstd"],
      file: "libzstd_1.5.4+dfsg2.orig.tar.xz",
      sha256: "8cf4bbb65e77ec348d052c8d6230eba66d435bddf64c8b5be2fcb16880c19953",
    },
  ],
  leaveOut: ["tests", "contrib", "programs", "doc", "examples", "zlibWrapper"],
  script: `
mkdir -p "$OUT/lib" "$OUT/include"
cp -R "$SOURCE/lib" lib
make -s -j"$JOBS" -C lib libzstd.a CC="$CC" CFLAGS="$TARGET_CFLAGS -O3" \\
  ZSTD_LIB_DECOMPRESSION=0 ZSTD_LIB_DICTBUILDER=0 ZSTD_LIB_DEPRECATED=0 ZSTD_LEGACY_SUPPORT=0
cp lib/libzstd.a "$OUT/lib/"
cp lib/zstd.h lib/zstd_errors.h "$OUT/include/"
`,
};

export const libraryRecipes = { openssl, zstd, blkid, musl } as const satisfies Record<string, LibraryRecipe>;
export type LibraryName = keyof typeof libraryRecipes;
