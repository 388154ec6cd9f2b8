import type { StorageTexts } from "../catalogue.ts";

export const storage: StorageTexts = {
  "disks-undetermined.none": () => ({
    title: "ディスクの情報がありません",
    outcome: "何がコピーされるかを判断できません。",
    remedy:
      "root または Administrator で収集し直すか、`lsblk`（Linux）または `diskpart`（Windows）の出力を加えてください。",
  }),
  "disks-undetermined.list": () => ({
    title: "ここに載っていないディスクがあるかもしれません",
    outcome: "入力にディスクの完全な一覧がありません。ここにないディスクは計画に入りません。",
    remedy:
      "root または Administrator で収集し直すか、`lsblk`（Linux）または `diskpart`（Windows）の出力を加えてください。",
  }),
  "disk-undetermined": ({ disk }) => ({
    title: `${disk} の内容を判別できませんでした`,
    outcome: {
      block: "ディスク全体がそのままコピーされます。",
      file: "ファイルシステムが分からないため、何もコピーされません。",
    },
    remedy: "root または Administrator で収集し直し、パーティションとサイズが分かるようにしてください。",
  }),
  "disk-offline": ({ disk }) => ({
    title: `${disk} は Windows でオフラインになっています`,
    outcome: {
      block:
        "ディスク全体がそのままコピーされます。クラスターのノードでは、別のノードが書き込んでいる可能性があり、その場合コピーは使えません。",
      file: "ファイルシステムが見えないため、何もコピーされません。",
    },
    remedy:
      "このサーバーのディスクであればオンラインにして（Set-Disk -Number N -IsOffline $false）収集し直してください。共有ディスクは、所有しているノードと一緒に移行してください。",
  }),
  "sector-size": ({ disk, sectorBytes }, format) => ({
    title: `${disk} のセクターは ${format.bytes(sectorBytes)} です`,
    outcome: {
      block:
        "内容はそのまま届きますが、パーティションテーブルは元のディスクのセクター単位で位置を示します。移行先のディスクのセクターは 512 バイトのため別の場所を指し、コピーからは起動できません。",
      file: "512 バイトのセクター用に新しいパーティションが作られます。ファイルには影響しません。",
    },
    remedy:
      "Linux ではファイルレプリケーションを使ってください。それ以外では、同じセクターサイズのディスクに接続するか、512 バイト用にパーティションテーブルを書き直し、切り替え前に確認してください。",
  }),
  "partition-table-foreign": ({ disk, table }) => ({
    title: `${disk} のパーティションテーブル（${table}）からは PC が起動できません`,
    outcome: {
      block: "ディスクはバイト単位で届きますが、移行先のファームウェアはここから起動できません。",
      file: "ファイルは新しい GPT または MBR のレイアウトへ移ります。",
    },
    remedy: "データディスクとして使うか、このディスクにはファイルレプリケーションを使ってください。",
  }),
  "removable-disk": ({ disk }) => ({
    title: `${disk} は取り外し可能なため、移行しません`,
    outcome: "USB メモリーやインストールメディアなどは、指定しない限りコピーされません。",
    remedy: "サーバーのデータが入っている場合は --disk で指定してください。",
  }),
  "network-disk": ({ disk, transport }) => ({
    title: `${disk} はネットワーク越しのディスクです（${transport}）`,
    outcome:
      "ローカルディスクと同じようにコピーされます。ただしコピーも同じストレージサーバーを知っているため、そこへ接続すると両方が同じディスクに書き込みます。",
    remedy:
      "移行先で従来のストレージを使うか、コピーを使うかを決め、ネットワークにつないで起動する前にコピー側の接続設定を外してください。",
  }),
  "lvm.group": ({ group, volumes, snapshots, disks }, f) => ({
    title: `LVM：ボリュームグループ ${group}`,
    outcome: {
      block: `そのまま維持されます（論理ボリューム ${f.integer(volumes)} 個${disks.length > 0 ? `、${f.list(disks)}` : ""}）。グループのすべてのディスクを一緒に移す必要があります。`,
      file: `論理ボリュームは標準パーティションになり、LVM はなくなります。${snapshots > 0 ? `スナップショット ${f.integer(snapshots)} 個は移行されません。` : ""}`,
    },
    remedy:
      "LVM を残すにはブロックレプリケーションを選んでください。ファイルレプリケーションでは、計画でパーティションサイズを決め、/etc/fstab を確認してください。",
  }),
  "lvm.member": ({ device }) => ({
    title: `LVM：${device} は物理ボリュームです`,
    outcome: {
      block: "そのまま維持されます。ボリュームグループのすべてのディスクを一緒に移す必要があります。",
      file: "その論理ボリュームは標準パーティションになり、LVM はなくなります。",
    },
    remedy:
      "LVM を残すにはブロックレプリケーションを選んでください。ボリュームグループを読めなかったため、root で収集し直してください。",
  }),
  "windows-data-disks": ({ disks }, f) => ({
    title: `ディスクが ${f.integer(disks)} 台の Windows：ドライブ文字とデータディスクの状態`,
    outcome: {
      block:
        "ドライブ文字は維持されます。移行先で Windows の SAN ポリシーによりオフラインになるデータディスクは、変換時にオンラインになるよう設定されます。",
      file: "Windows はファイル単位では複製されません。",
    },
    remedy:
      "ドライブ文字のあるディスクはすべて一緒に移行してください。変換しない場合は、移行先の diskpart で `san policy=OnlineAll` を実行し、各ディスクで `online disk` を実行してください。",
  }),
  "extended-partition": ({ disk, logical }, f) => ({
    title: `${disk} に拡張パーティションがあります`,
    outcome: {
      block: "そのまま維持されます。",
      file: `複製されません。論理パーティション（${f.integer(logical)} 個）は標準パーティションになります。`,
    },
    remedy:
      "残すにはブロックレプリケーションを選んでください。そうでなければ、パーティション番号を使っている箇所（/etc/fstab、スクリプト）を確認してください。",
  }),
  "dynamic-disk": ({ disk }) => ({
    title: `ダイナミックディスク：${disk}`,
    outcome: {
      block:
        "シンプルボリュームとスパンボリュームは、その一部を含むすべてのディスクを移せば、変換時にベーシックディスクの通常のパーティションになります。ストライプ、ミラー、RAID-5 のボリュームがあるディスクはダイナミックのままで、Windows が「形式の異なるディスク」と表示し、インポートを求めることがあります。",
      file: "複製されません。ボリュームは標準パーティションになり、スパン、ストライプ、ミラーの各ボリュームはそれぞれ 1 台のディスクに収まります。",
    },
    remedy:
      "グループのすべてのディスクを含めてください。移行前にミラーを解除すれば、そのボリュームもベーシックになります。",
  }),
  "dynamic-disk-unchecked": () => ({
    title: "ダイナミックディスクの有無は調べられていません",
    outcome:
      "Windows の通常のディスク一覧にはダイナミックディスクが出ないため、存在する可能性を否定できません。",
    remedy:
      "`diskpart` で `list disk` を実行し、Dyn 列に * があるか確認するか、最新の収集スクリプトを使ってください。",
  }),
  "storage-spaces": ({ disk }) => ({
    title: `${disk} は記憶域スペースのプールに属しています`,
    outcome: {
      block: "プールのすべてのディスクを移せば、そのまま維持されます。",
      file: "ボリュームは標準パーティションになり、プールはなくなります。",
    },
    remedy: "プールのすべてのディスクを含めてください。",
  }),
  swap: ({ device, sizeBytes }, f) => ({
    title: `スワップ：${device}${sizeBytes === null ? "" : `（${f.bytes(sizeBytes)}）`}`,
    outcome: {
      block: "そのまま維持されます。",
      file:
        sizeBytes === null
          ? "サイズが分からないため作成されません。移行直後の移行先にはスワップがありません。"
          : "新しいレイアウトのスワップパーティションとして、同じラベルと UUID で作り直されます。/etc/fstab も合わせて変わります。",
    },
    remedy:
      sizeBytes === null
        ? "ファイルレプリケーションの後、スワップを設定し直してください（mkswap、/etc/fstab）。"
        : "対応は不要です。サイズは新しいレイアウトで変更できます。",
  }),
  "swap-file": ({ path }) => ({
    title: `スワップファイル ${path}`,
    outcome: { block: "そのまま維持されます。", file: "除外されます。仮想メモリーはコピーされません。" },
    remedy: "ファイルレプリケーションの後に作り直してください。Windows はページファイルを自動で作ります。",
  }),
  "raid.software": ({ array, level, members }, f) => ({
    title: `ソフトウェア RAID：${array}（${level}）`,
    outcome: {
      block: `すべてのメンバーを移せば、そのまま維持されます${members.length > 0 ? `（${f.list(members)}）` : ""}。移行先でも移行元と同じ数だけデータを持つことになります。`,
      file: "ファイルは 1 つの標準パーティションへ移り、RAID はなくなります。冗長性は移行先のストレージが担います。",
    },
    remedy:
      "すべてのメンバーディスクを含めるか、RAID を残さないならファイルレプリケーションを使ってください。",
  }),
  "raid.firmware": ({ device, format }) => ({
    title: `ファームウェア RAID：${device}（${format}）`,
    outcome: {
      block:
        "メンバーディスクはバイト単位で届きますが、移行先に同じコントローラーはありません。アレイが組めず、起動しない可能性があります。",
      file: "ファイルは標準パーティションへ移り、RAID はなくなります。",
    },
    remedy:
      "メンバーではなく、組み上がったアレイを 1 台のディスクとしてコピーするか、ファイルレプリケーションを使ってください。",
  }),
  "raid.member": ({ device, format }) => ({
    title: `${device} は RAID のメンバーです（${format}）`,
    outcome: {
      block: "アレイのすべてのメンバーを移せば、そのまま維持されます。",
      file: "アレイのファイルは標準パーティションへ移り、RAID はなくなります。",
    },
    remedy:
      "アレイ自体は見つかりませんでした。動作していることを確認して収集し直し、すべてのメンバーディスクを含めてください。",
  }),
  "raid-degraded.inactive": ({ array }) => ({
    title: `RAID ${array} は動作していません`,
    outcome: {
      block: "メンバーはそのままコピーされます。アレイの中身は確認できていません。",
      file: "停止中は何も読めないため、コピーされません。",
    },
    remedy:
      "原因を調べてください（メンバーに対して `mdadm --examine`）。`mdadm --assemble` で起動するか、不要であれば停止してメンバーのスーパーブロックを消去してください。",
  }),
  "raid-degraded": ({ kind, array, state }) => ({
    title: `${kind} ${array} は正常ではありません（${state}）`,
    outcome:
      "メンバーを失ったか、再構築中です。移行はすべてのブロックを読むため、さらに障害が起きると移行元のデータが失われます。",
    remedy: "故障したメンバーを交換して再構築を終え、バックアップを取ってから移行してください。",
  }),
  "multipath.map": ({ map, paths }, f) => ({
    title: `マルチパス：${map}`,
    outcome: {
      block: `パスごとではなく 1 回だけコピーされます${paths.length > 0 ? `（${f.list(paths)}）` : ""}。移行先では普通のディスク 1 台に見えます。`,
      file: "ファイルは標準パーティションへ移り、マルチパスはなくなります。",
    },
    remedy: "移行先で initramfs と /etc/multipath.conf からマルチパスの設定を外してください。",
  }),
  "multipath.path": ({ device }) => ({
    title: `${device} はマルチパスディスクの 1 本のパスです`,
    outcome: {
      block: "パスごとではなく 1 回だけコピーされます。移行先では普通のディスク 1 台に見えます。",
      file: "ファイルは標準パーティションへ移り、マルチパスはなくなります。",
    },
    remedy:
      "マルチパスのマップが見つかりませんでした。別々のディスクと区別できるよう、root で収集し直してください。",
  }),
  "encrypted.luks": ({ device, isOpen }) => ({
    title: `暗号化（LUKS）：${device}`,
    outcome: {
      block:
        "暗号化されたまま維持されます。空き領域とデータを区別できないため、全体が転送されます。移行先は起動時にパスフレーズを求めます。",
      file: isOpen
        ? "ファイルは復号された状態で標準パーティションに届きます。"
        : "除外されます。収集時にロックされていました。",
    },
    remedy:
      "移行先のコンソールで入力できるようパスフレーズを用意してください。TPM やネットワーク（Tang）の鍵は移らないため、先にパスフレーズを追加してください。",
  }),
  "encrypted.bitlocker": ({ device }) => ({
    title: `暗号化（BitLocker）：${device}`,
    outcome: {
      block:
        "暗号化されたまま維持されます。移行先の TPM は鍵を知らないため、Windows は起動時に回復キーを求めます。",
      file: "ファイルは復号された状態で標準パーティションに届きます。",
    },
    remedy: "回復キーを保存し、移行前に BitLocker を中断または解除して、移行先で再び有効にしてください。",
  }),
  "encrypted.other": ({ device, format }) => ({
    title: `暗号化ボリューム：${device}（${format}）`,
    outcome: {
      block: "暗号化されたまま維持されます。空き領域とデータを区別できないため、全体が転送されます。",
      file: "開いているものは復号されたファイルが届き、開いていないものは除外されます。",
    },
    remedy: "移行先で鍵を使えるようにしてください。",
  }),
  vdo: ({ device }) => ({
    title: `VDO による重複排除と圧縮：${device}`,
    outcome: {
      block: "そのまま保持されます。VDO の空き領域は区別できないため、全体が転送されます。",
      file: "ファイルは標準パーティションへ移り、そこでは本来のサイズ（数倍になることもあります）を占めます。",
    },
    remedy:
      "ブロックレプリケーションでは、移行先のカーネルにモジュール（kvdo または dm-vdo）があることを確認してください。ファイルレプリケーションでは、`df` の使用量と移行先のディスクを比べてください。",
  }),
  "duplicate-volume": ({ type, uuid, devices }, f) => ({
    title: `${f.list(devices)} の識別子が同じです（${type} ${uuid}）`,
    outcome:
      "一方は他方の複製です。移行先ではデバイスの順序が変わることがあり、誤ったほうから起動したり、誤ったほうをマウントしたりするおそれがあります。",
    remedy:
      "複製のディスクをジョブから外すか、先に別の識別子を付けてください（`vgimportclone`、`tune2fs -U random`、`xfs_admin -U generate`、`swaplabel -U`）。",
  }),
  "virtual-disk-file": ({ disk }) => ({
    title: `${disk} は接続中の仮想ディスク（VHD）です`,
    outcome:
      "そのファイルは、置かれているディスクとともに転送されます。ディスクとしてもコピーすると二重に転送されます。",
    remedy: "切断する（Dismount-DiskImage、または diskpart の `detach vdisk`）か、ジョブから外してください。",
  }),
  "deduplicated-volume": ({ volume }) => ({
    title: `${volume} のデータ重複除去`,
    outcome: {
      block: "チャンクストアとともに保持されます。ファイルを読めるのは、この機能を持つ Windows だけです。",
      file: "Windows では利用できません。",
    },
    remedy:
      "移行中は最適化やガベージコレクションを実行しないでください。ボリュームの多くが書き換えられます。",
  }),
  bcache: ({ device }) => ({
    title: `bcache：${device}`,
    outcome: {
      block:
        "バッキングディスクとキャッシュを同じ時点で一緒に移せば維持されます。ライトバックでは、最新のデータがキャッシュにしかないことがあります。",
      file: "ファイルは標準パーティションへ移り、キャッシュはなくなります。",
    },
    remedy:
      "キャッシュモードを writethrough にして clean になるまで待つか、ファイルレプリケーションを使ってください。",
  }),
  zfs: ({ pool }) => ({
    title: `ZFS プール：${pool}`,
    outcome: {
      block:
        "プールのすべてのディスクを移せば、そのまま維持されます。起動には、移行先の initramfs に ZFS モジュールが必要です。",
      file: "複製されません。データセット、スナップショット、プロパティは扱えません。",
    },
    remedy:
      "プールのすべてのディスクをブロックレプリケーションで移すか、`zfs send` でデータセットを移してください。",
  }),
  "network-mount": ({ what, where, type }) => ({
    title: `${where} はネットワークファイルシステムです（${type}）`,
    outcome: `データは ${what} にあり、このサーバーのディスクにはないため、移行されません。`,
    remedy:
      "移行先から到達できるようにするか、データを別に移してください。なくても起動が止まらないよう、/etc/fstab に `nofail` を加えてください。",
  }),
  "unsupported-filesystem": ({ device, type, convertedTo }) => ({
    title: `${device} のファイルシステムは ${type} です`,
    outcome: {
      block: "そのまま維持されます。",
      file: `変換されます。ファイルは新しい ${convertedTo} へ移り、${type} 固有のもの（特殊な属性、スナップショット）は失われます。`,
    },
    remedy: `残すにはブロックレプリケーションを選ぶか、${convertedTo} でソフトウェアが動くことを確認してください。`,
  }),
  "btrfs-layout": ({ device }) => ({
    title: `${device} は btrfs です`,
    outcome: {
      block: "サブボリュームとスナップショットを含め、そのまま維持されます。",
      file: "ファイルはコピーされますが、サブボリュームはフォルダーになり、スナップショットは除外されます。",
    },
    remedy: "サブボリュームとスナップショットを残すには、ブロックレプリケーションを選んでください。",
  }),
  "content-undetermined": ({ device }) => ({
    title: `${device} の内容を判別できませんでした`,
    outcome: {
      block: "そのままコピーされます。",
      file: "ファイルシステムだと分かった場合だけコピーされます。",
    },
    remedy: "root または Administrator で収集し直すか、`blkid` の出力を加えてください。",
  }),
  "content-without-filesystem": ({ device, type }) => ({
    title:
      type === "none"
        ? `${device} に既知のデータは見つかりません`
        : `${device} の内容は ${type} で、ファイルシステムではありません`,
    outcome: {
      block: "そのままコピーされます。",
      file: "除外されます。コピーできるファイルがありません。",
    },
    remedy:
      "プログラム（データベース、クラスター）が直接使っている場合は、ブロックレプリケーションを使うか、そのプログラムの手段でデータを移してください。",
  }),
  "unmounted-filesystem": ({ device, type }) => ({
    title: `${device}（${type}）はマウントされていません`,
    outcome: {
      block: "そのままコピーされます。",
      file: "除外されます。ファイルレプリケーションが読むのはマウントされているものだけです。",
    },
    remedy:
      "ファイルが必要なら、ファイルレプリケーションの前にマウントしてください。使用量は見積もりに反映できていません。",
  }),
  "disk-too-large": ({ disk, sizeBytes, maximumBytes, target }, f) => ({
    title: `${disk} は ${target} には大きすぎます`,
    outcome: {
      block: `作成できません。サイズは ${f.bytes(sizeBytes)}、上限は ${f.bytes(maximumBytes)} です。`,
      file: "収まるなら、ファイルをより小さいディスクへ移せます。",
    },
    remedy:
      "移行元でディスクを縮小または分割するか、ファイルレプリケーションを使うか、別の移行先を選んでください。",
  }),
  "too-many-disks": ({ count, maximum, target }, f) => ({
    title: `ディスク ${f.integer(count)} 台は ${target} の上限を超えています`,
    outcome: {
      block: `接続できるのは最大 ${f.integer(maximum)} 台です。`,
      file: "複数のファイルシステムを 1 台の移行先ディスクにまとめられます。",
    },
    remedy: "計画からディスクを除く、まとめる、または別の移行先を選んでください。",
  }),
  "low-space": ({ where, availableBytes, minimumBytes }, f) => ({
    title: `${where} の空きが ${f.bytes(availableBytes)} しかありません`,
    outcome: `コピーを起動可能にする処理、または読み取り用のスナップショットには、そこに約 ${f.bytes(minimumBytes)} が必要です。`,
    remedy: "移行前に空きを作ってください（古いカーネル、ログ、パッケージのキャッシュ）。",
  }),
  "low-inodes": ({ where, free }, f) => ({
    title: `${where} の空き inode が ${f.integer(free)} 個しかありません`,
    outcome: "コピーを起動可能にする際にファイルが増えます。inode がないと、空き容量があっても失敗します。",
    remedy: "不要な小さいファイル（セッション、キャッシュ、古いメールキュー）を削除してください。",
  }),
};
