import type { Algorithms, CipherAlgorithm, KexAlgorithm, MacAlgorithm, ServerHostKeyAlgorithm } from "ssh2";

const modernKeyExchanges: readonly KexAlgorithm[] = [
  "curve25519-sha256",
  "curve25519-sha256@libssh.org",
  "ecdh-sha2-nistp256",
  "ecdh-sha2-nistp384",
  "ecdh-sha2-nistp521",
  "diffie-hellman-group-exchange-sha256",
  "diffie-hellman-group14-sha256",
  "diffie-hellman-group15-sha512",
  "diffie-hellman-group16-sha512",
  "diffie-hellman-group17-sha512",
  "diffie-hellman-group18-sha512",
];
const legacyKeyExchanges: readonly KexAlgorithm[] = [
  "diffie-hellman-group-exchange-sha1",
  "diffie-hellman-group14-sha1",
  "diffie-hellman-group1-sha1",
];

const modernCiphers: readonly CipherAlgorithm[] = [
  "aes128-gcm@openssh.com",
  "aes256-gcm@openssh.com",
  "aes128-ctr",
  "aes192-ctr",
  "aes256-ctr",
  "chacha20-poly1305@openssh.com",
];
const legacyCiphers: readonly CipherAlgorithm[] = ["aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc"];

const modernMacs: readonly MacAlgorithm[] = [
  "hmac-sha2-256-etm@openssh.com",
  "hmac-sha2-512-etm@openssh.com",
  "hmac-sha2-256",
  "hmac-sha2-512",
];
const legacyMacs: readonly MacAlgorithm[] = ["hmac-sha1-etm@openssh.com", "hmac-sha1", "hmac-md5"];

/** Kinds of host key, best first. A server may have one of each; each has a fingerprint of its own. */
export const hostKeyFamilies = ["ed25519", "ecdsa", "rsa", "rsa-sha1", "dsa"] as const;
export type HostKeyFamily = (typeof hostKeyFamilies)[number];

const familyAlgorithms: Readonly<Record<HostKeyFamily, readonly ServerHostKeyAlgorithm[]>> = {
  ed25519: ["ssh-ed25519"],
  ecdsa: ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"],
  rsa: ["rsa-sha2-512", "rsa-sha2-256"],
  "rsa-sha1": ["ssh-rsa"],
  dsa: ["ssh-dss"],
};

/** The families that a hop's setting allows. SHA-1 signatures need `legacy`. */
export function allowedFamilies(legacy: boolean): readonly HostKeyFamily[] {
  return hostKeyFamilies.filter((family) => legacy || (family !== "rsa-sha1" && family !== "dsa"));
}

/** The family of a host key as it names itself on the wire. */
export function familyOfKeyType(keyType: string): HostKeyFamily | null {
  if (keyType === "ssh-rsa") return "rsa";
  return hostKeyFamilies.find((family) => familyAlgorithms[family].some((name) => name === keyType)) ?? null;
}

/** What is offered to a host; the old algorithms come last and only where the admin switched them on. */
export function algorithmOffer(legacy: boolean, families: readonly HostKeyFamily[]): Algorithms {
  return {
    kex: [...modernKeyExchanges, ...(legacy ? legacyKeyExchanges : [])],
    serverHostKey: families.flatMap((family) => familyAlgorithms[family]),
    cipher: [...modernCiphers, ...(legacy ? legacyCiphers : [])],
    hmac: [...modernMacs, ...(legacy ? legacyMacs : [])],
    compress: ["none"],
  };
}
