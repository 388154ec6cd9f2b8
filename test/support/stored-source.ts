import type { Source } from "../../common/domain/source.ts";

/** A source as the store keeps it, for tests that never reach one: 192.0.2.1 (RFC 5737) answers nobody. */
export const storedSource: Source = {
  id: "source00",
  name: "web1",
  tags: [],
  addedAt: "2026-01-01T00:00:00.000Z",
  address: {
    kind: "ssh",
    jumpHosts: [],
    elevation: { method: "none" },
    host: {
      host: "192.0.2.1",
      port: 22,
      hostKey: null,
      legacyAlgorithms: false,
      authentication: {
        user: "root",
        keyFiles: [],
        useSshAgent: false,
        passwordEntry: null,
        keyPassphraseEntry: null,
      },
    },
  },
};
