import type { Receipt } from "../../common/domain/receipt.ts";

const hash = (digit: string): string => digit.repeat(64);

/** A receipt with something in every part. */
export const sampleReceipt: Receipt = {
  format: 1,
  issuedAt: "2026-01-02T03:04:05Z",
  installation: "0123456789abcdef",
  job: { id: "job000000001", run: 1, kind: "full", createdAt: "2026-01-02T02:00:00Z" },
  source: {
    id: "source000001",
    name: "web-01",
    address: "ssh root@192.0.2.10:22",
    hostKey: `SHA256:${"A".repeat(43)}`,
    hostName: "web-01.example.org",
    operatingSystem: "Debian GNU/Linux 12 (bookworm)",
    architecture: "x86_64",
    platform: "linux",
    firmware: "bios",
  },
  disks: [
    {
      id: 0,
      path: "/dev/vda",
      sizeBytes: 10_737_418_240,
      chunkBytes: 1_048_576,
      pass: 2,
      sourceTreeHash: hash("1"),
      replicaTreeHash: hash("1"),
      contentTreeHash: hash("2"),
      changedBytes: 41_943_040,
    },
    {
      id: 1,
      path: "/dev/vdb",
      sizeBytes: 21_474_836_480,
      chunkBytes: 1_048_576,
      pass: 2,
      sourceTreeHash: hash("3"),
      replicaTreeHash: hash("3"),
      contentTreeHash: hash("3"),
      changedBytes: 0,
    },
  ],
  sync: {
    passes: 2,
    settled: true,
    stillChanging: [],
    readErrors: [],
    rawBytes: 3_221_225_472,
    wireBytes: 1_288_490_188,
    seconds: 184.5,
  },
  conversion: {
    enabled: true,
    changes: [
      {
        disk: 0,
        step: "fstab",
        what: "device names replaced by UUIDs",
        files: ["/etc/fstab"],
      },
      {
        disk: 0,
        step: "initramfs",
        what: "virtio drivers added to the initramfs of 6.1.0-18-amd64",
        files: ["/boot/initrd.img-6.1.0-18-amd64"],
      },
    ],
  },
  boot: { booted: true, evidence: "login prompt on the serial port", accelerator: "kvm", seconds: 21 },
  images: [
    {
      diskId: 0,
      format: "qcow2",
      file: "disk-0.qcow2",
      fileBytes: 3_355_443_200,
      virtualBytes: 10_737_418_240,
      sha256: hash("4"),
    },
    {
      diskId: 1,
      format: "qcow2",
      file: "disk-1.qcow2",
      fileBytes: 1_073_741_824,
      virtualBytes: 21_474_836_480,
      sha256: hash("5"),
    },
  ],
  times: [
    { step: "preflight", beganAt: "2026-01-02T02:00:01Z", endedAt: "2026-01-02T02:00:20Z" },
    { step: "sync", beganAt: "2026-01-02T02:00:30Z", endedAt: "2026-01-02T02:33:30Z" },
    { step: "verify", beganAt: "2026-01-02T02:33:30Z", endedAt: "2026-01-02T02:35:10Z" },
    { step: "image", beganAt: "2026-01-02T02:35:10Z", endedAt: "2026-01-02T03:01:00Z" },
  ],
  versions: { assistant: "0.1.0", intermediate: "0.1.0", agent: "0.1.0", agentPlatform: "linux-x86_64" },
};
