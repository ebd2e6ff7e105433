import type { ReactNode } from "react";
import { count } from "@/format/numbers";
import type { Grade } from "@/format/scores";
import { Panel } from "@/ui/Panel";
import classes from "./Tallies.module.css";

export interface Tally {
  label: ReactNode;
  tone: Grade;
  number: number;
}

/** How many there are of each kind, as one bar and as numbers. */
export function Tallies({ title, aside, tallies }: { title: string; aside?: ReactNode; tallies: readonly Tally[] }) {
  return (
    <Panel title={title} aside={aside}>
      <div className={classes.bar} aria-hidden="true">
        {tallies.filter(({ number }) => number > 0).map(({ tone, number }) => (
          <span key={tone} data-tone={tone} style={{ flexGrow: number }} />
        ))}
      </div>
      <dl className={classes.list}>
        {tallies.map(({ label, tone, number }) => (
          <div key={tone}>
            <dt>
              <span className={classes.key} data-tone={tone} aria-hidden="true" /> {label}
            </dt>
            <dd className="number">{count(number)}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
