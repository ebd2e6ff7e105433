import { ago, inFull } from "@/format/dates";

/** A moment as people say it, in full on hovering. */
export function When({ iso }: { iso: string }) {
  return (
    <time dateTime={iso} title={inFull(iso)}>
      {ago(iso)}
    </time>
  );
}
