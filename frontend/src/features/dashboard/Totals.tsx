import type { Stats } from "@/api/generated";
import { bytes, count, plural, roughly } from "@/format/numbers";
import classes from "./Totals.module.css";

/** How much the registry holds. */
export function Totals({ stats }: { stats: Stats }) {
  const facts = [
    ["Packages", roughly(stats.packages), `of ${plural(stats.names, "name")}`],
    ["Models", roughly(stats.kinds.model ?? 0), `${count(stats.kinds.npm ?? 0)} npm beside them`],
    ["Downloads", roughly(stats.downloads), "since the beginning"],
    ["Stored", bytes(stats.size_bytes), "of archives"],
    ["People", roughly(stats.users), "with an account"],
  ] as const;
  return (
    <dl className={classes.totals}>
      {facts.map(([label, value, note]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd className={classes.value}>{value}</dd>
          <dd className="dim">{note}</dd>
        </div>
      ))}
    </dl>
  );
}
