import type { RunningTexts } from "../catalogue.ts";

export const running: RunningTexts = {
  "static-ip": ({ nic, addresses }, f) => ({
    title: `Static address on ${nic}${addresses.length > 0 ? `: ${f.list(addresses)}` : ""}`,
    outcome: {
      block:
        "The setting travels. In another network the copy is not reachable; in the same network it collides with the source.",
      file: "Network settings are left out by default; the target uses DHCP.",
    },
    remedy: "Note address, gateway and DNS. Start the copy isolated, then set the target's address or DHCP.",
  }),
  "nic-renaming.pinned": ({ nic }) => ({
    title: `The name ${nic} is tied to this network card`,
    outcome: {
      block:
        "The rule travels and names a MAC address that the target does not have: its card gets another name and stays without settings.",
      file: "The rule is left out; the card gets a new name.",
    },
    remedy: "Remove the rule (70-persistent-net.rules, HWADDR=) in the copy, or leave it to the conversion.",
  }),
  "nic-renaming.predictable": ({ nic }) => ({
    title: `The network card ${nic} will have another name`,
    outcome: {
      block:
        "The name comes from the slot. On the target it is another one, and settings for the old name are not used.",
      file: "The card gets a new name.",
    },
    remedy:
      "Match the settings by something else than the name, or check the network configuration after the first start at the console.",
  }),
  "docker-data": ({ engine, paths }, f) => ({
    title: `Container engine: ${engine}`,
    outcome: {
      block: "Containers, images and volumes travel, in the state of one moment of a running system.",
      file: `Left out by default${paths.length > 0 ? ` (${f.list(paths)})` : ""}.`,
    },
    remedy:
      "Stop the containers for the final sync. For a file replication, move images by a registry and volumes by a backup.",
  }),
  "database-running": ({ service }) => ({
    title: `Database: ${service}`,
    outcome:
      "It writes while it is copied. The copy is then as after a power cut: the database recovers at start, or it is damaged.",
    remedy:
      "Stop the database for the final sync, or make a dump or use its own replication beside the migration.",
  }),
  "domain-controller": () => ({
    title: "Active Directory domain controller",
    outcome:
      "A copy that meets the original or other controllers with older data breaks the directory's replication (USN rollback).",
    remedy:
      "Do not run both. Better: promote a new controller on the target and let the directory replicate itself.",
  }),
  "cluster-member": ({ service }) => ({
    title: `Cluster member: ${service}`,
    outcome: "A copy that joins the cluster, or finds its shared disks gone, can harm the whole cluster.",
    remedy: "Take the node out of the cluster before the migration, and start the copy isolated.",
  }),
  "vss-writer-failed": ({ writer, error }) => ({
    title: `VSS writer failed: ${writer}`,
    outcome: `A snapshot for a consistent copy fails or leaves this program's data in an unclear state${error === "" ? "" : ` (${error})`}.`,
    remedy:
      "Restart the writer's service or the server, and check with `vssadmin list writers` before the migration.",
  }),
  "shadow-copies": ({ count }) => ({
    title: count === 1 ? "One volume shadow copy stays behind" : `${count} volume shadow copies stay behind`,
    outcome: "Volumes travel as they are now; their earlier states do not.",
    remedy: "What is still needed of earlier states: restore or back it up on the source, while it is there.",
  }),
  selinux: ({ mode }) => ({
    title: `SELinux is ${mode}`,
    outcome: {
      block: "Labels travel with the disk.",
      file: "Files are written anew; without a relabel, services are denied their own files.",
    },
    remedy: "For a file replication, set SELinux to permissive and create /.autorelabel for the first start.",
  }),
  "ports-blocked": ({ host, port }) => ({
    title: `The source does not reach ${host} on port ${port}`,
    outcome:
      "This was tried from the source. Without it the agent cannot reach the intermediate, and no data moves.",
    remedy:
      "Open ports 8080 and 8703 outbound for the source and inbound at the intermediate, in every firewall between.",
  }),
  "ports-untried": () => ({
    title: "Whether the source reaches the intermediate was not tried",
    outcome: "The agent needs ports 8080 and 8703 outbound.",
    remedy: "Try it from the source against the intermediate before the migration; a live assessment does.",
  }),
};
