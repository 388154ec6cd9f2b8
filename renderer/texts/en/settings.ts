export const settings = {
  title: "Settings",
  appearance: "Language and appearance",
  language: "Language",
  theme: "Theme",
  diagnosis: {
    title: "What this machine can do",
    verdicts: { ok: "Works", limited: "Limited", missing: "Missing" },
    run: "Check again",
    running: "Checking …",
  },
  keys: "Keys",
  bundleKey: "Key for bundles",
  bundleKeyText:
    "Collectors can seal a bundle to this key, so that only this installation reads it on its way out of a closed network.",
  showKey: "Show the public key",
};
