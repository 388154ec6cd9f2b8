import type { RunningTexts } from "../catalogue.ts";

export const running: RunningTexts = {
  "static-ip": ({ nic, addresses }, f) => ({
    title: `${nic} は固定アドレスです${addresses.length > 0 ? `：${f.list(addresses)}` : ""}`,
    outcome: {
      block:
        "設定は移ります。別のネットワークではコピーに到達できず、同じネットワークでは移行元と衝突します。",
      file: "ネットワーク設定は既定で除外され、移行先は DHCP を使います。",
    },
    remedy:
      "アドレス、ゲートウェイ、DNS を控えてください。コピーは隔離して起動し、その後で移行先のアドレスまたは DHCP を設定してください。",
  }),
  "nic-renaming.pinned": ({ nic }) => ({
    title: `${nic} という名前はこのネットワークカードに固定されています`,
    outcome: {
      block:
        "規則も移りますが、移行先にない MAC アドレスを指しています。カードは別の名前になり、設定が適用されません。",
      file: "規則は除外され、カードには新しい名前が付きます。",
    },
    remedy: "コピー側で規則（70-persistent-net.rules、HWADDR=）を削除するか、変換に任せてください。",
  }),
  "nic-renaming.predictable": ({ nic }) => ({
    title: `ネットワークカード ${nic} の名前が変わります`,
    outcome: {
      block: "名前はスロットに由来します。移行先では別の名前になり、元の名前に対する設定は使われません。",
      file: "カードには新しい名前が付きます。",
    },
    remedy: "名前以外で設定を対応付けるか、最初の起動後にコンソールでネットワーク設定を確認してください。",
  }),
  "docker-data": ({ engine, paths }, f) => ({
    title: `コンテナーエンジン：${engine}`,
    outcome: {
      block: "コンテナー、イメージ、ボリュームは、稼働中のある一時点の状態で移ります。",
      file: `既定で除外されます${paths.length > 0 ? `（${f.list(paths)}）` : ""}。`,
    },
    remedy:
      "最終同期の間はコンテナーを止めてください。ファイルレプリケーションでは、イメージはレジストリー、ボリュームはバックアップで移してください。",
  }),
  "database-running": ({ service }) => ({
    title: `データベース：${service}`,
    outcome:
      "コピー中も書き込みが続きます。コピーは電源断の直後と同じ状態で、起動時に復旧するか、壊れています。",
    remedy: "最終同期の間はデータベースを止めるか、ダンプまたは固有のレプリケーションを併用してください。",
  }),
  "domain-controller": () => ({
    title: "Active Directory ドメインコントローラー",
    outcome:
      "古いデータのコピーが元のサーバーや他のコントローラーと出会うと、ディレクトリのレプリケーションが壊れます（USN ロールバック）。",
    remedy:
      "両方を同時に動かさないでください。移行先で新しいコントローラーを昇格させ、ディレクトリ自身に複製させる方が安全です。",
  }),
  "cluster-member": ({ service }) => ({
    title: `クラスターのメンバー：${service}`,
    outcome:
      "コピーがクラスターに参加したり、共有ディスクを見失ったりすると、クラスター全体に害が及ぶことがあります。",
    remedy: "移行前にノードをクラスターから外し、コピーは隔離して起動してください。",
  }),
  "vss-writer-failed": ({ writer, error }) => ({
    title: `VSS ライターが失敗しています：${writer}`,
    outcome: `整合性のあるスナップショットが失敗するか、このプログラムのデータが不定の状態になります${error === "" ? "" : `（${error}）`}。`,
    remedy:
      "ライターのサービスまたはサーバーを再起動し、移行前に `vssadmin list writers` で確認してください。",
  }),
  selinux: ({ mode }) => ({
    title: `SELinux は ${mode} です`,
    outcome: {
      block: "ラベルはディスクとともに移ります。",
      file: "ファイルは新しく書き込まれます。ラベルを付け直さないと、サービスは自分のファイルへのアクセスを拒否されます。",
    },
    remedy:
      "ファイルレプリケーションでは SELinux を permissive にし、最初の起動に備えて /.autorelabel を作成してください。",
  }),
  "ports-blocked": ({ host, port }) => ({
    title: `移行元から ${host} のポート ${port} に到達できません`,
    outcome:
      "移行元から実際に試した結果です。このままではエージェントが中継サーバーに到達できず、データは移りません。",
    remedy:
      "途中のすべてのファイアウォールで、移行元から外向き、中継サーバーで内向きのポート 8080 と 8703 を開けてください。",
  }),
  "ports-untried": () => ({
    title: "移行元から中継サーバーに到達できるかは試していません",
    outcome: "エージェントは外向きのポート 8080 と 8703 を使います。",
    remedy:
      "移行前に、移行元から中継サーバーへの接続を試してください。稼働中の移行元の評価では自動で試します。",
  }),
};
