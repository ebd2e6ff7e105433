import { TextInput } from "@mantine/core";
import { METRICS } from "@/format/scores";
import classes from "./WaiveFields.module.css";

/** The reasons for which metrics need not pass, by metric; a blank reason waives nothing. */
export type Reasons = Readonly<Record<string, string>>;

/** The metrics that are waived, each with its reason; undefined for none. */
export function waived(reasons: Reasons): Record<string, string> | undefined {
  const given = Object.entries(reasons).flatMap(([metric, reason]) => (reason.trim() ? [[metric, reason.trim()] as const] : []));
  return given.length ? Object.fromEntries(given) : undefined;
}

/** For administrators: a reason for each metric that need not pass. They are kept and shown with the package. */
export function WaiveFields({ reasons, change, error }: { reasons: Reasons; change: (reasons: Reasons) => void; error: string | undefined }) {
  const count = Object.keys(waived(reasons) ?? {}).length;
  return (
    <details className={classes.waive}>
      <summary>Waive metrics {count > 0 && `(${count})`}</summary>
      <p className="dim">What has a reason here need not pass. The reasons are shown with the package, under your name.</p>
      {error && <p className={classes.error} role="alert">{error}</p>}
      <div className={classes.fields}>
        {Object.entries(METRICS).map(([metric, { label }]) => (
          <TextInput key={metric} label={label} placeholder="must pass" maxLength={500} value={reasons[metric] ?? ""}
            onChange={(event) => change({ ...reasons, [metric]: event.currentTarget.value })} />
        ))}
      </div>
    </details>
  );
}
