import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

/** The page names what the screens are made of, so that it is fetched beside the small script that asks for it. */
const nameTheScreens: Plugin = {
  name: "name-the-screens",
  transformIndexHtml: {
    order: "post",
    handler(page, { bundle = {} }) {
      const files = new Set<string>();
      const add = (file: string) => {
        const part = bundle[file];
        if (part?.type !== "chunk" || files.has(file)) return;
        files.add(file);
        part.imports.forEach(add);
      };
      for (const part of Object.values(bundle))
        if (part.type === "chunk" && part.facadeModuleId?.endsWith("/screens.tsx") === true)
          add(part.fileName);
      return [...files]
        .filter((file) => !page.includes(file))
        .map((file) => ({
          tag: "link",
          attrs: { rel: "modulepreload", crossorigin: true, href: `./${file}` },
          injectTo: "head",
        }));
    },
  },
};

// Everything is a file of its own and nothing is inlined, so that the hosts' content security policy needs no exception.
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  clearScreen: false,
  plugins: [nameTheScreens],
  build: {
    outDir: fileURLToPath(new URL("../dist/renderer", import.meta.url)),
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0,
    // One style sheet, there before any screen is: none is ever drawn without it.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      onLog(level, log, report) {
        // The component library marks its files for servers that render React; here there is no such server.
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") report(level, log);
      },
    },
  },
});
