import { z } from "zod";
import type { Credential, credentialChangeSchema } from "../../common/api/source-procedures.ts";
import type { Elevation, Source, SshAuthentication, SshHop } from "../../common/domain/source.ts";
import type { WinrmAddress } from "../../common/domain/winrm.ts";
import { fail, ok, type Result } from "../../common/result.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { Secret } from "../../common/secret.ts";
import type { DocumentStore } from "../desk/document-store.ts";
import type { CredentialVault } from "../settings/vault.ts";

/** What is kept of a profile outside the vault. */
const profileSchema = z.object({
  name: z.string(),
  user: z.string(),
  keyFiles: z.array(z.string()),
  useSshAgent: z.boolean(),
  hasPassword: z.boolean(),
  hasKeyPassphrase: z.boolean(),
  elevation: z.object({ method: z.enum(["none", "sudo", "su"]), hasPassword: z.boolean() }),
});
type Profile = z.infer<typeof profileSchema>;

const kind = "credential";
/** Vault entries of profiles begin so; they outlive the sources that use them. */
export const profileEntryPrefix = "credential/";
const entryOf = (name: string, part: "password" | "key-passphrase" | "elevation") =>
  `${profileEntryPrefix}${name}/${part}`;

/** How a source logs in and becomes root by a profile. */
export interface ProfileAccess {
  readonly authentication: SshAuthentication;
  readonly elevation: Elevation;
}

/** Credential profiles: their shape in the desk's database, their secrets in the vault. */
export class CredentialStore {
  readonly #documents: DocumentStore;
  readonly #vault: CredentialVault;

  constructor(documents: DocumentStore, vault: CredentialVault) {
    this.#documents = documents;
    this.#vault = vault;
  }

  list(sources: readonly Source[]): Credential[] {
    return this.#documents.list(kind, profileSchema).map((profile) => ({
      ...profile,
      usedBy: sources.filter((source) => usesProfile(source, profile.name)).length,
    }));
  }

  /** Null where there is no profile of that name. */
  access(name: string): ProfileAccess | null {
    const profile = this.#documents.get(kind, name, profileSchema);
    return profile === null ? null : accessOf(profile);
  }

  /** Secrets go into the vault first: a profile never says that it has one which is not there. */
  async set(change: z.output<typeof credentialChangeSchema>): Promise<Result<ProfileAccess>> {
    const before = this.#documents.get(kind, change.name, profileSchema);
    const parts = [
      ["password", change.password, before?.hasPassword],
      ["key-passphrase", change.keyPassphrase, before?.hasKeyPassphrase],
      ["elevation", change.elevation.password, before?.elevation.hasPassword],
    ] as const;
    const [hasPassword = false, hasKeyPassphrase = false, hasElevationPassword = false] = parts.map(
      ([, secret, had]) => typeof secret === "string" || (secret === undefined && had === true),
    );
    if (change.elevation.method === "su" && !hasElevationPassword && !hasPassword)
      return fail("input-invalid", told({ kind: "su-wants-root-password" }), { field: "elevation.password" });
    for (const [part, secret] of parts) {
      if (secret === undefined) continue;
      const entry = entryOf(change.name, part);
      const done =
        secret === null ? await this.#vault.remove(entry) : await this.#vault.put(entry, new Secret(secret));
      if (!done.ok) return done;
    }
    const profile: Profile = {
      name: change.name,
      user: change.user,
      keyFiles: change.keyFiles,
      useSshAgent: change.useSshAgent,
      hasPassword,
      hasKeyPassphrase,
      elevation: { method: change.elevation.method, hasPassword: hasElevationPassword },
    };
    this.#documents.set(kind, profile.name, profile);
    return ok(accessOf(profile));
  }

  async remove(name: string): Promise<Result<null>> {
    if (this.#documents.get(kind, name, profileSchema) === null)
      return fail("not-found", told({ kind: "no-profile", name }), { name });
    this.#documents.remove(kind, name);
    for (const part of ["password", "key-passphrase", "elevation"] as const) {
      const removed = await this.#vault.remove(entryOf(name, part));
      if (!removed.ok) return removed;
    }
    return ok(null);
  }
}

function accessOf(profile: Profile): ProfileAccess {
  const passwordEntry = profile.hasPassword ? entryOf(profile.name, "password") : null;
  const elevationEntry = profile.elevation.hasPassword ? entryOf(profile.name, "elevation") : passwordEntry;
  return {
    authentication: {
      user: profile.user,
      keyFiles: profile.keyFiles,
      useSshAgent: profile.useSshAgent,
      passwordEntry,
      keyPassphraseEntry: profile.hasKeyPassphrase ? entryOf(profile.name, "key-passphrase") : null,
      profile: profile.name,
    },
    elevation:
      profile.elevation.method === "su" && elevationEntry !== null
        ? { method: "su", passwordEntry: elevationEntry }
        : profile.elevation.method === "sudo"
          ? { method: "sudo", passwordEntry: elevationEntry }
          : { method: "none" },
  };
}

export function usesProfile(source: Source, name: string): boolean {
  if (source.address.kind === "winrm")
    return source.address.authentication.passwordEntry === entryOf(name, "password");
  const { host, jumpHosts } = source.address;
  return [host, ...jumpHosts].some(({ authentication }) => authentication.profile === name);
}

/** The source as it logs in by the profile. Jump hosts that logged in as the host did go along with it. */
export function withProfile(source: Source, access: ProfileAccess): Source {
  const { address } = source;
  if (address.kind === "winrm") {
    const { user, passwordEntry } = access.authentication;
    // WinRM knows no login without a password: such a profile changes nothing here.
    if (passwordEntry === null) return source;
    const authentication = { ...address.authentication, user, passwordEntry };
    // The scheme's own ways to log in stay what they were, which the compiler cannot see.
    return { ...source, address: { ...address, authentication } as WinrmAddress };
  }
  const before = JSON.stringify(address.host.authentication);
  const change = (hop: SshHop): SshHop =>
    hop === address.host ||
    hop.authentication.profile === access.authentication.profile ||
    JSON.stringify(hop.authentication) === before
      ? { ...hop, authentication: access.authentication }
      : hop;
  return {
    ...source,
    address: {
      ...address,
      host: change(address.host),
      jumpHosts: address.jumpHosts.map(change),
      elevation: access.elevation,
    },
  };
}
