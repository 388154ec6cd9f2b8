import type { Told } from "../../common/domain/remark.ts";
import { useRemarkWords } from "../texts/use-texts.ts";

/** A remark in the person's language; in English where it is known in no other, and marked as such. */
export function Remark({ told }: { readonly told: Told }) {
  const words = useRemarkWords()(told.said);
  return words === null ? <span lang="en">{told.what}</span> : <span>{words}</span>;
}

/** Several at once, as evidence is; `whole` is what records of earlier versions have instead. */
export function Remarks({ all, whole }: { readonly all: readonly Told[]; readonly whole: string }) {
  if (all.length === 0) return <span lang="en">{whole}</span>;
  if (all.length === 1 && all[0] !== undefined) return <Remark told={all[0]} />;
  return (
    <ul className="remarks">
      {all.map((told, index) => (
        <li key={index}>
          <Remark told={told} />
        </li>
      ))}
    </ul>
  );
}
