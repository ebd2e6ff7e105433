import type { Stats } from "@/api/generated";
import { count } from "@/format/numbers";
import type { Grade } from "@/format/scores";
import { Panel } from "@/ui/Panel";
import classes from "./JobTallies.module.css";

const KINDS: readonly [string, string, Grade][] = [
  ["succeeded", "Succeeded", "good"],
  ["rejected", "Rejected by the gate", "fair"],
  ["unavailable", "Waiting for evidence", "unknown"],
  ["failed", "Failed", "poor"],
];

/** How the jobs so far ended, as one bar and as numbers. */
export function JobTallies({ jobs }: { jobs: Stats["jobs"] }) {
  const ended = KINDS.map(([status, label, tone]) => ({ status, label, tone, number: jobs[status] ?? 0 }));
  const total = ended.reduce((sum, each) => sum + each.number, 0);
  return (
    <Panel title="Jobs so far" aside={total ? count(total) : undefined}>
      <div className={classes.bar} aria-hidden="true">
        {ended.filter((each) => each.number > 0).map((each) => (
          <span key={each.status} data-tone={each.tone} style={{ flexGrow: each.number }} />
        ))}
      </div>
      <dl className={classes.list}>
        {ended.map((each) => (
          <div key={each.status}>
            <dt>
              <span className={classes.key} data-tone={each.tone} aria-hidden="true" /> {each.label}
            </dt>
            <dd className="number">{count(each.number)}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
