import { told } from "../../../common/domain/report-text/told.ts";
import type { ConversionStep, StepOutcome } from "../guest.ts";

const dataSources = { nocloud: "NoCloud", "alibaba-cloud": "AliYun" } as const;
const path = "/etc/cloud/cloud.cfg.d/99-sma-datasource.cfg";

/** An installed cloud-init looks for the target's data source, or for none. */
export const cloudInit: ConversionStep = {
  id: "cloud-init",
  applies: (_guest, { choices }) => choices.cloudInit !== "leave",

  async run({ tree }, { choices }): Promise<StepOutcome> {
    const isInstalled = tree.paths(/bin\/cloud-init$/).length > 0;
    if (choices.cloudInit === "leave") return { changes: [] };
    if (!isInstalled) return { changes: [], notes: [told({ kind: "cloud-init-absent" })] };
    if (choices.cloudInit === "none") {
      tree.write("/etc/cloud/cloud-init.disabled", "");
      return { changes: [told({ kind: "cloud-init-off" })] };
    }
    const source = dataSources[choices.cloudInit];
    tree.write(path, `# Written when this system was migrated.\ndatasource_list: [ ${source}, None ]\n`);
    return { changes: [told({ kind: "cloud-init-source", source })] };
  },
};
