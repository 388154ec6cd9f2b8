/** Who may import whom: the table of docs/ARCHITECTURE.md, as data. */

export interface Zone {
  /** Folder below the project. */
  readonly folder: string;
  /** Folders that files here may import from, besides their own. */
  readonly mayImport: readonly string[];
  /** npm packages that files here may import. */
  readonly packages: readonly string[];
  readonly mayUseNode: boolean;
}

/** A file belongs to the zone with the longest matching folder. */
export const zones: readonly Zone[] = [
  { folder: "common", mayImport: [], packages: ["zod"], mayUseNode: false },
  { folder: "preload", mayImport: ["common"], packages: ["electron"], mayUseNode: false },
  {
    folder: "renderer",
    mayImport: ["common"],
    packages: [
      "react",
      "react-dom",
      "zustand",
      "zod",
      "uplot",
      "@mantine/core",
      "@mantine/hooks",
      "@mantine/notifications",
      "@tabler/icons-react",
      "@tanstack/react-table",
      "@tanstack/react-virtual",
    ],
    mayUseNode: false,
  },
  // Read by the build, not by the screens.
  { folder: "renderer/vite.config.ts", mayImport: [], packages: ["vite"], mayUseNode: true },
  { folder: "main", mayImport: ["common"], packages: ["zod"], mayUseNode: true },
  { folder: "main/serve", mayImport: ["common", "main"], packages: ["zod", "ws"], mayUseNode: true },
  {
    folder: "main/electron",
    mayImport: ["common", "main", "preload/channels.ts"],
    packages: ["zod", "electron"],
    mayUseNode: true,
  },
  { folder: "main/index.ts", mayImport: ["main", "common"], packages: ["electron"], mayUseNode: true },
  {
    folder: "main/remote/ssh",
    mayImport: ["common", "main/remote"],
    packages: ["zod", "ssh2"],
    mayUseNode: true,
  },
  {
    folder: "main/pki",
    mayImport: ["common", "main/settings"],
    packages: ["zod", "node-forge"],
    mayUseNode: true,
  },
  {
    folder: "main/reports",
    mayImport: ["common", "main/compatibility", "main/inventory"],
    packages: ["zod", "playwright-core"],
    mayUseNode: true,
  },
  {
    // Contracts of the adapters, never the adapters.
    folder: "main/migrations",
    mayImport: [
      "common",
      "main/remote/contract.ts",
      "main/remote/measure-disk.ts",
      "main/targets/contract.ts",
      "main/pki/authority.ts",
      "main/store",
    ],
    packages: ["zod"],
    mayUseNode: true,
  },
  {
    // Reads images and hashes them as the intermediate does; its leaf modules are the one place that knows how.
    folder: "main/receipts",
    mayImport: [
      "common",
      "main/pki/authority.ts",
      "main/migrations/services.ts",
      "main/reports",
      "intermediate/durable-file.ts",
      "intermediate/qemu",
      "intermediate/replica",
      "intermediate/volume/aligned-memory.ts",
    ],
    packages: ["zod"],
    mayUseNode: true,
  },
  {
    // Runs and watches machines as the intermediate does.
    folder: "main/instances",
    mayImport: [
      "common",
      "main/store",
      "main/targets/contract.ts",
      "main/targets/alibaba-cloud",
      "intermediate/durable-file.ts",
      "intermediate/qemu",
      "intermediate/boot-check",
      "intermediate/upload",
    ],
    packages: ["zod"],
    mayUseNode: true,
  },
  {
    // Contracts of the adapters, never the adapters.
    folder: "main/cutover",
    mayImport: ["common", "main/store", "main/targets/contract.ts"],
    packages: ["zod"],
    mayUseNode: true,
  },
  { folder: "main/store", mayImport: ["common"], packages: ["zod"], mayUseNode: true },
  {
    folder: "main/compatibility",
    mayImport: ["common", "resources/os-matrix"],
    packages: ["zod"],
    mayUseNode: true,
  },
  {
    folder: "main/inventory",
    mayImport: ["common", "main/remote/contract.ts", "resources/advice"],
    packages: ["zod"],
    mayUseNode: true,
  },
  {
    folder: "main/targets",
    mayImport: ["common", "main/pki/authority.ts", "main/remote/contract.ts"],
    packages: ["zod"],
    mayUseNode: true,
  },
  {
    // Its credentials, its ledger, its data; and it sends an image file as the intermediate does.
    folder: "main/targets/alibaba-cloud",
    mayImport: [
      "common",
      "main/store/cloud-store.ts",
      "main/settings/vault.ts",
      "main/targets/contract.ts",
      "intermediate/upload",
      "resources/alibaba-cloud",
    ],
    packages: ["zod"],
    mayUseNode: true,
  },
  {
    // What a local intermediate would say of this machine is asked of the intermediate's own code.
    folder: "main/doctor",
    mayImport: ["common", "main", "intermediate/conversion/availability.ts"],
    packages: ["zod"],
    mayUseNode: true,
  },
  { folder: "main/settings", mayImport: ["common"], packages: ["zod"], mayUseNode: true },
  { folder: "intermediate", mayImport: ["common"], packages: ["zod"], mayUseNode: true },
];

/** A screen knows nothing of another screen. */
export const siblingsApart = ["renderer/features"];
