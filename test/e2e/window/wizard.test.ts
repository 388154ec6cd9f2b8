/** The same journeys through main, preload and pages of the window: on Electron where its program is, else on the stand-in. */
import { startWindowHost } from "../journeys/hosts.ts";
import { describeWizard } from "../journeys/wizard-journeys.ts";

describeWizard("the wizard in the window", startWindowHost);
