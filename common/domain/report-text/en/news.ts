import type { NewsTexts } from "../../news.ts";

export const news: NewsTexts = {
  finished: (name) => ({ title: "Migration finished", body: `${name} is migrated.` }),
  stopped: (name, why) => ({ title: "A migration needs you", body: `${name}: ${why}` }),
  hostKey: (host) => ({
    title: "Is this the right server?",
    body: `${host} showed a key that was not seen before. Nothing goes on there until you judge it.`,
  }),
  drilled: (name) => ({ title: "Drill passed", body: `${name} can be cut over.` }),
  cutOver: (name) => ({ title: "Cut over", body: `${name} runs on the target.` }),
  cutoverStopped: (name) => ({ title: "A cutover needs you", body: `${name} was not handed over.` }),
};
