/** What runs first: small, so that the engine is asked for what is shown while the screens themselves are loaded. */
import "@mantine/core/styles.css";
import "./ui/tokens.css";
import "./ui/forced-colors.css";
import { createBridge } from "./bridge.ts";
import { readAhead } from "./read-ahead.ts";

const bridge = createBridge();
const informed = bridge.isPlaced ? readAhead(bridge, ["job.rows", "source.list", "settings.get"]) : bridge;
const { showScreens } = await import("./screens.tsx");
showScreens(informed);
