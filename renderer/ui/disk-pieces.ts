/** The pieces of a disk as the rows of a table: regions, and the volumes inside them. */
import type { DiskMap, InnerVolume, Region } from "../../common/domain/assessment.ts";
import type { Finding, ModeEffects } from "../../common/domain/finding.ts";

export interface Piece {
  readonly name: string;
  /** Name of the region that it lies in; null for a region itself. */
  readonly container: string | null;
  readonly kind: Region["kind"] | "volume";
  readonly content: string | null;
  readonly mountPoints: readonly string[];
  readonly sizeBytes: number | null;
  readonly usedBytes: number | null;
  readonly effects: ModeEffects;
}

export function piecesOf(disk: DiskMap): readonly Piece[] {
  return disk.before.flatMap((region) => [
    { ...pieceOf(region, region.kind, null), content: contentOf(region) },
    ...region.volumes.map((volume) => pieceOf(volume, "volume", region.name)),
  ]);
}

/** Empty where the volumes on it say what it holds. */
const contentOf = ({ content, volumes }: Region): string | null =>
  content ?? (volumes.length > 0 ? "" : null);

function pieceOf(of: Region | InnerVolume, kind: Piece["kind"], container: string | null): Piece {
  const { name, content, mountPoints, sizeBytes, usedBytes, effects } = of;
  return { name, container, kind, content, mountPoints, sizeBytes, usedBytes, effects };
}

/** The findings about a piece: by its own name, its content's mount point, or the disk that it is on. */
export function findingsAbout(piece: Piece, findings: readonly Finding[]): readonly Finding[] {
  const names = new Set([piece.name, ...piece.mountPoints]);
  if (piece.container !== null) names.add(piece.container);
  const short = piece.name.replace(/^\/dev\/(mapper\/)?/, "");
  return findings.filter(
    ({ subject, evidence }) =>
      names.has(subject.name) ||
      (subject.name !== "" && (short === subject.name || short.startsWith(`${subject.name}-`))) ||
      (piece.kind !== "free" &&
        subject.kind !== "system" &&
        evidence.some(({ text }) => piece.name !== "" && text.split(/\s+/).includes(piece.name))),
  );
}
