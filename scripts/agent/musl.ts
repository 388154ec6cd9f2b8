/** The C library of the targets for which Debian has none: as static library, with a compiler wrapper beside it. */
import type { LibraryRecipe } from "./recipes.ts";

const pools = ["pool/main/m/musl"];

export const musl: LibraryRecipe = {
  name: "musl",
  sources: [
    {
      version: "1.2.5",
      pools,
      file: "musl_1.2.5.orig.tar.gz",
      sha256: "a9a118bbe84d8764da0ea0d28b3ab3fae8477fc7e4085d90102b8596fc7c75e4",
    },
    {
      version: "1.2.6",
      pools,
      file: "musl_1.2.6.orig.tar.gz",
      sha256: "d585fd3b613c66151fc3249e8ed44f77020cb5e6c1e635a616d3f9f82460512a",
    },
    {
      version: "1.2.3",
      pools,
      file: "musl_1.2.3.orig.tar.gz",
      sha256: "7d5b0b6062521e4627e099e4c9dc8248d32a30285e959b7eecaa780cf8cfd4a4",
    },
  ],
  leaveOut: [],
  knowsItsPlace: true,
  // The wrapper names the place where the library will be, not the one where it is built.
  script: `
"$SOURCE/configure" --target="$CONFIGURE_HOST" --prefix="$FINAL" --disable-shared --enable-static \\
  --enable-wrapper=gcc CC="$CC" AR="$AR" RANLIB="$RANLIB" CFLAGS="$TARGET_CFLAGS"
make -s -j"$JOBS"
make -s install DESTDIR="$PWD/root"
cp -R "$PWD/root$FINAL/." "$OUT/"
`,
};
