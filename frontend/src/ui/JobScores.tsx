import { inOrder, metricLabel } from "@/format/scores";
import classes from "./JobScores.module.css";
import { ScoreMark } from "./ScoreMark";
import { Tag } from "./Tag";

/** The scores that a job found, those first that failed. A score comes as a number or with its status and reason. */
export function JobScores({ scores, failed }: { scores: unknown; failed: readonly string[] }) {
  if (typeof scores !== "object" || scores === null) return null;
  const rows = Object.entries(scores).map(([name, score]) => ({ name, ...read(score) }));
  if (rows.length === 0) return null;
  const order = inOrder(rows.map(({ name }) => name));
  rows.sort((one, other) => Number(failed.includes(other.name)) - Number(failed.includes(one.name)) || order.indexOf(one.name) - order.indexOf(other.name));
  return (
    <table className={classes.scores}>
      <caption className="unseen">Scores</caption>
      <tbody>
        {rows.map(({ name, value, reason }) => (
          <tr key={name}>
            <th scope="row">{metricLabel(name)} {failed.includes(name) && <Tag tone="poor">failed</Tag>}</th>
            <td><ScoreMark value={value} label={metricLabel(name)} /></td>
            <td className="dim">{reason}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function read(score: unknown): { value: number | null; reason: string } {
  if (typeof score === "number") return { value: score, reason: "" };
  const found = (score ?? {}) as { value?: unknown; reason?: unknown };
  return { value: typeof found.value === "number" ? found.value : null, reason: typeof found.reason === "string" ? found.reason : "" };
}
