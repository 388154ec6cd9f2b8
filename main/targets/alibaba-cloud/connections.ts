/** A region of an account, with the credentials from the vault. */
import type { CloudAccount } from "../../../common/domain/cloud.ts";
import { fail, ok, type Result } from "../../../common/result.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import { Secret } from "../../../common/secret.ts";
import type { CredentialVault } from "../../settings/vault.ts";
import type { CloudStore } from "../../store/cloud-store.ts";
import { Ecs } from "./api/ecs.ts";
import { endpointsOf, type NetworkType } from "./api/endpoints.ts";
import { createHttpsTransport } from "./api/https-transport.ts";
import { OpenApi } from "./api/open-api.ts";
import { Oss } from "./api/oss.ts";
import type { Timing } from "./api/retrying.ts";
import type { CloudCredentials } from "./api/signatures.ts";

export interface CloudRegion {
  readonly ecs: Ecs;
  readonly oss: Oss;
  readonly account: CloudAccount;
}

export interface CloudConnections {
  /** Talks to nobody yet. `not-found` for an account that is none. */
  region(account: string, region: string, network: NetworkType): Result<CloudRegion>;
}

const versions = { ecs: "2014-05-26", vpc: "2016-04-28", sts: "2015-04-01" } as const;

/** Vault entries of an account. */
export const cloudEntry = (account: string, part: "secret" | "token"): string => `cloud/${account}/${part}`;

export function createCloudConnections(options: {
  readonly store: CloudStore;
  readonly vault: CredentialVault;
  readonly timing: Timing;
}): CloudConnections {
  const { store, vault, timing } = options;
  const known = new Map<string, CloudRegion>();
  return {
    region(name, region, network) {
      const found = store.account(name);
      if (!found.ok) return found;
      const account = found.value;
      const id = JSON.stringify([account, region, network]);
      const before = known.get(id);
      if (before !== undefined) return ok(before);
      const transport = createHttpsTransport(account.authorityPem);
      const endpoints = endpointsOf(region, network, account.endpoints);
      const credentials = () => credentialsOf(account, vault, timing);
      const api = (product: keyof typeof versions) =>
        new OpenApi({
          product,
          endpoint: endpoints[product],
          version: versions[product],
          transport,
          credentials,
          timing,
        });
      const made = {
        account,
        ecs: new Ecs(region, { ecs: api("ecs"), vpc: api("vpc"), sts: api("sts") }),
        oss: new Oss({ region, endpoint: endpoints.oss, transport, credentials, timing }),
      };
      known.set(id, made);
      return ok(made);
    },
  };
}

async function credentialsOf(
  account: CloudAccount,
  vault: CredentialVault,
  timing: Timing,
): Promise<Result<CloudCredentials>> {
  const secret = await vault.get(cloudEntry(account.name, "secret"));
  if (!secret.ok) return secret;
  if (!account.hasToken)
    return ok({ accessKeyId: account.accessKeyId, accessKeySecret: secret.value, securityToken: null });
  const until = account.tokenExpiresAt === null ? Infinity : Date.parse(account.tokenExpiresAt);
  if (until <= timing.clock()) {
    return fail(
      "cloud-credentials",
      told({ kind: "token-ended", account: account.name, at: String(account.tokenExpiresAt) }),
      { account: account.name },
      told({ kind: "set-new-token" }),
    );
  }
  const token = await vault.get(cloudEntry(account.name, "token"));
  return token.ok
    ? ok({ accessKeyId: account.accessKeyId, accessKeySecret: secret.value, securityToken: token.value })
    : token;
}

export interface CloudAccountChange extends Omit<CloudAccount, "hasToken"> {
  /** Absent: as before. */
  readonly accessKeySecret?: string | undefined;
  /** Absent: as before; null: none any more. */
  readonly securityToken?: string | null | undefined;
}

/** Keeps an account; its secrets go into the vault first, so that none is named that is not there. */
export async function saveCloudAccount(
  change: CloudAccountChange,
  store: CloudStore,
  vault: CredentialVault,
): Promise<Result<CloudAccount>> {
  const { accessKeySecret, securityToken, ...account } = change;
  const before = store.account(account.name);
  if (accessKeySecret === undefined && !before.ok)
    return fail("input-invalid", told({ kind: "new-account-wants-secret" }), { field: "accessKeySecret" });
  const elsewhere = ({ endpoints, authorityPem }: Pick<CloudAccount, "endpoints" | "authorityPem">): string =>
    JSON.stringify([endpoints, authorityPem]);
  // Whoever may change an account must not be able to have its key used against a host of theirs.
  if (accessKeySecret === undefined && before.ok && elsewhere(before.value) !== elsewhere(account))
    return fail("input-invalid", told({ kind: "other-endpoints-want-secret" }), {
      field: "accessKeySecret",
    });
  if (accessKeySecret !== undefined) {
    const put = await vault.put(cloudEntry(account.name, "secret"), new Secret(accessKeySecret));
    if (!put.ok) return put;
  }
  // A token belongs to one key: another key without one is no temporary key.
  const keepsToken =
    securityToken === undefined && accessKeySecret === undefined && before.ok && before.value.hasToken;
  const hasToken = typeof securityToken === "string" || keepsToken;
  if (typeof securityToken === "string") {
    const put = await vault.put(cloudEntry(account.name, "token"), new Secret(securityToken));
    if (!put.ok) return put;
  }
  const saved: CloudAccount = {
    ...account,
    hasToken,
    tokenExpiresAt: hasToken ? account.tokenExpiresAt : null,
  };
  store.saveAccount(saved);
  if (!hasToken) {
    const removed = await vault.remove(cloudEntry(account.name, "token"));
    if (!removed.ok) return removed;
  }
  return ok(saved);
}
