import type { Waiver } from "@/api/generated";
import { plural } from "@/format/numbers";
import { metricLabel } from "@/format/scores";
import { When } from "@/ui/When";
import classes from "./Waivers.module.css";

/** The metrics that the package was let in without, and why. Nothing, where none was waived. */
export function Waivers({ waivers }: { waivers: readonly Waiver[] }) {
  const [first] = waivers;
  if (!first) return null;
  return (
    <details className={classes.waivers}>
      <summary>
        <strong>{plural(waivers.length, "metric was", "metrics were")} waived</strong>{" "}
        <span className="dim">when it was ingested <When iso={first.granted_at} />, by {first.granted_by ?? "a deleted account"}</span>
      </summary>
      <table className={classes.reasons}>
        <caption className="unseen">Waivers</caption>
        <thead className="unseen">
          <tr><th scope="col">Metric</th><th scope="col">Reason</th></tr>
        </thead>
        <tbody>
          {waivers.map(({ metric, reason }) => (
            <tr key={metric}>
              <th scope="row">{metricLabel(metric)}</th>
              <td>{reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
