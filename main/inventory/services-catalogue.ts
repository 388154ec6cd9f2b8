import type { Service } from "../../common/domain/facts.ts";

interface KnownService {
  /** Matches a systemd unit or init script without its ending, a process name, or a Windows service name. */
  readonly pattern: RegExp;
  readonly name: string;
  readonly role: Service["role"];
  readonly dataPaths: readonly string[];
}

const linuxServices: readonly KnownService[] = [
  {
    pattern: /^(mysqld?|mysqld_safe|mysql@.+)$/,
    name: "mysql",
    role: "database",
    dataPaths: ["/var/lib/mysql"],
  },
  { pattern: /^(mariadbd?|mariadb@.+)$/, name: "mariadb", role: "database", dataPaths: ["/var/lib/mysql"] },
  {
    pattern: /^(postgres|postgresql|postmaster|postgresql[-@].+)$/,
    name: "postgresql",
    role: "database",
    dataPaths: ["/var/lib/postgresql", "/var/lib/pgsql"],
  },
  {
    pattern: /^(ora_pmon_.+|tnslsnr|oracle(-xe.*|-ohasd|db.*)?|ohasd\.bin)$/,
    name: "oracle-database",
    role: "database",
    dataPaths: ["/u01"],
  },
  {
    pattern: /^(mssql-server|sqlservr)$/,
    name: "sql-server",
    role: "database",
    dataPaths: ["/var/opt/mssql"],
  },
  { pattern: /^(db2sysc|db2fmcd?|db2.*)$/, name: "db2", role: "database", dataPaths: [] },
  {
    pattern: /^(mongod|mongos|mongodb)$/,
    name: "mongodb",
    role: "database",
    dataPaths: ["/var/lib/mongo", "/var/lib/mongodb"],
  },
  {
    pattern: /^(redis|redis-server|redis@.+|valkey(-server)?|keydb-server)$/,
    name: "redis",
    role: "database",
    dataPaths: ["/var/lib/redis"],
  },
  { pattern: /^(cassandra)$/, name: "cassandra", role: "database", dataPaths: ["/var/lib/cassandra"] },
  {
    pattern: /^(elasticsearch|opensearch)$/,
    name: "elasticsearch",
    role: "database",
    dataPaths: ["/var/lib/elasticsearch"],
  },
  { pattern: /^(influxd|influxdb)$/, name: "influxdb", role: "database", dataPaths: ["/var/lib/influxdb"] },
  {
    pattern:
      /^(couchdb|couchbase-server|memcached|clickhouse-server|neo4j|firebird|hdbindexserver|hdbdaemon|saphostexec|sapinit)$/,
    name: "other-database",
    role: "database",
    dataPaths: [],
  },
  {
    pattern: /^(docker|dockerd|docker-engine)$/,
    name: "docker",
    role: "container-engine",
    dataPaths: ["/var/lib/docker"],
  },
  {
    pattern: /^(containerd|crio|cri-o)$/,
    name: "containerd",
    role: "container-engine",
    dataPaths: ["/var/lib/containerd"],
  },
  { pattern: /^(podman)$/, name: "podman", role: "container-engine", dataPaths: ["/var/lib/containers"] },
  { pattern: /^(lxd|incusd?|lxc)$/, name: "lxd", role: "container-engine", dataPaths: ["/var/lib/lxd"] },
  {
    pattern: /^(kubelet|k3s|k3s-agent|rke2-.+)$/,
    name: "kubernetes",
    role: "container-engine",
    dataPaths: ["/var/lib/kubelet"],
  },
  { pattern: /^(samba-ad-dc)$/, name: "samba-ad", role: "domain-controller", dataPaths: ["/var/lib/samba"] },
  { pattern: /^(smbd?|nmbd?|samba)$/, name: "samba", role: "file-server", dataPaths: [] },
  {
    pattern: /^(nfs-server|nfs-kernel-server|nfsd|nfs)$/,
    name: "nfs-server",
    role: "file-server",
    dataPaths: [],
  },
  {
    pattern: /^(slapd|dirsrv@.+|ns-slapd|389-ds)$/,
    name: "ldap",
    role: "directory",
    dataPaths: ["/var/lib/ldap"],
  },
  { pattern: /^(ipa|krb5kdc)$/, name: "kerberos", role: "directory", dataPaths: [] },
  {
    pattern: /^(corosync|pacemakerd?|heartbeat|cman|rgmanager|drbd)$/,
    name: "cluster",
    role: "cluster",
    dataPaths: [],
  },
  {
    pattern: /^(glusterd|glusterfsd|ceph-(osd|mon)(@.+)?|beegfs-.+)$/,
    name: "cluster-storage",
    role: "cluster",
    dataPaths: [],
  },
  {
    pattern: /^(libvirtd|virtqemud|xend|xenconsoled|vboxdrv|pve-cluster|pmxcfs)$/,
    name: "virtualization",
    role: "virtualization",
    dataPaths: ["/var/lib/libvirt"],
  },
  {
    pattern: /^(rabbitmq-server|beam\.smp|activemq|kafka|zookeeper|nats-server)$/,
    name: "message-queue",
    role: "message-queue",
    dataPaths: [],
  },
  {
    pattern: /^(postfix|master|exim4?|sendmail|dovecot|zimbra)$/,
    name: "mail",
    role: "mail",
    dataPaths: ["/var/spool"],
  },
  { pattern: /^(nginx|apache2|httpd|lighttpd|caddy|tomcat\d*)$/, name: "web", role: "web", dataPaths: [] },
];

const windowsServices: readonly KnownService[] = [
  { pattern: /^(MSSQLSERVER|MSSQL\$.+)$/i, name: "sql-server", role: "database", dataPaths: [] },
  {
    pattern: /^(OracleService.+|Oracle.+TNSListener)$/i,
    name: "oracle-database",
    role: "database",
    dataPaths: [],
  },
  { pattern: /^(mysql.*|mariadb.*)$/i, name: "mysql", role: "database", dataPaths: [] },
  { pattern: /^(postgresql.*)$/i, name: "postgresql", role: "database", dataPaths: [] },
  { pattern: /^(mongodb.*)$/i, name: "mongodb", role: "database", dataPaths: [] },
  { pattern: /^(redis.*|memurai.*)$/i, name: "redis", role: "database", dataPaths: [] },
  { pattern: /^(DB2.*)$/i, name: "db2", role: "database", dataPaths: [] },
  { pattern: /^(NTDS)$/i, name: "active-directory", role: "domain-controller", dataPaths: [] },
  { pattern: /^(ADWS|kdc)$/i, name: "active-directory", role: "domain-controller", dataPaths: [] },
  { pattern: /^(MSExchangeIS|MSExchangeServiceHost)$/i, name: "exchange", role: "mail", dataPaths: [] },
  { pattern: /^(ClusSvc)$/i, name: "cluster", role: "cluster", dataPaths: [] },
  { pattern: /^(vmms)$/i, name: "hyper-v-host", role: "virtualization", dataPaths: [] },
  { pattern: /^(docker|com\.docker\.service)$/i, name: "docker", role: "container-engine", dataPaths: [] },
  { pattern: /^(W3SVC)$/i, name: "iis", role: "web", dataPaths: [] },
  { pattern: /^(SPTimerV\d)$/i, name: "sharepoint", role: "other", dataPaths: [] },
  { pattern: /^(MSMQ)$/i, name: "message-queue", role: "message-queue", dataPaths: [] },
];

export interface RecognizedService {
  readonly name: string;
  readonly role: Service["role"];
  readonly dataPaths: readonly string[];
}

/** Null for services whose state does not matter for the consistency of a copy. */
export function recognizeService(unit: string, platform: "linux" | "windows"): RecognizedService | null {
  const plain = platform === "linux" ? unit.replace(/\.(service|socket)$/, "") : unit;
  const known = (platform === "linux" ? linuxServices : windowsServices).find((candidate) =>
    candidate.pattern.test(plain),
  );
  return known ? { name: known.name, role: known.role, dataPaths: known.dataPaths } : null;
}
