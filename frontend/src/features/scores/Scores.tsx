import { useQuery } from "@tanstack/react-query";
import type { Score } from "@/api/generated";
import { packageMetricsOptions } from "@/api/generated/@tanstack/react-query.gen";
import { duration } from "@/format/dates";
import { inOrder, METRICS, metricLabel } from "@/format/scores";
import { Empty } from "@/ui/Empty";
import { Failure } from "@/ui/Failure";
import { ScoreMark } from "@/ui/ScoreMark";
import { Tag } from "@/ui/Tag";
import { Waiting } from "@/ui/Waiting";
import { evidenceLines } from "./evidence";
import { Radar } from "./Radar";
import classes from "./Scores.module.css";

const STATUS: Readonly<Record<Score["status"], string>> = {
  measured: "measured",
  vacuous: "nothing to measure",
  not_applicable: "doesn't apply",
  unavailable: "not available",
  error: "failed to measure",
};

const FEWEST_SPOKES = 3;

/** Every score of a package with its evidence and what would raise it; `waived` are the metrics that need not have passed. */
export function Scores({ packageId, waived }: { packageId: string; waived: readonly string[] }) {
  const card = useQuery(packageMetricsOptions({ path: { package_id: packageId } }));
  if (card.error) return <Failure error={card.error} retry={card.refetch} />;
  if (!card.data) return <Waiting rows={8} />;
  const names = inOrder(Object.keys(card.data.metrics));
  if (names.length === 0) return <Empty title="Not measured yet">The scores appear when the package's job is done.</Empty>;
  const spokes = names
    .filter((name) => name !== "net_score" && card.data.metrics[name]?.status !== "not_applicable")
    .map((name) => ({ name: metricLabel(name), value: known(card.data.metrics[name]) }));
  return (
    <div className={classes.scores}>
      {spokes.length >= FEWEST_SPOKES && <Radar spokes={spokes} />}
      <div className={classes.list}>
        {names.map((name) => {
          const score = card.data.metrics[name];
          return score && <OneScore key={name} name={name} score={score} isWaived={waived.includes(name)} />;
        })}
      </div>
    </div>
  );
}

function statusOf(score: Score): string {
  return score.flags?.includes("insufficient_evidence") ? "too little evidence" : STATUS[score.status];
}

function known(score: Score | undefined): number | null {
  return score && score.value >= 0 ? score.value : null;
}

function OneScore({ name, score, isWaived }: { name: string; score: Score; isWaived: boolean }) {
  const lines = evidenceLines(score.evidence);
  return (
    <details className={classes.one}>
      <summary>
        <span className={classes.name}>{metricLabel(name)}</span>
        <span className={classes.tags}>
          {isWaived && <Tag tone="accent" title="It need not have passed when the package was ingested.">waived</Tag>}
          {score.status !== "measured" && <Tag>{statusOf(score)}</Tag>}
        </span>
        <ScoreMark value={score.value} label={metricLabel(name)} wide />
      </summary>
      <div className={classes.inside}>
        <p className="dim">{METRICS[name]?.about}</p>
        {score.reason && <p>{score.reason}</p>}
        {score.advice && (
          <p className={classes.advice}>
            <strong>What would raise it:</strong> {score.advice}
          </p>
        )}
        {lines.length > 0 && (
          <table className={classes.evidence}>
            <caption>Evidence</caption>
            <tbody>
              {lines.map((line, index) => (
                <tr key={index}>
                  <th scope="row" style={{ paddingLeft: line.depth * 14 }}>{line.name}</th>
                  <td>{line.value}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <p className={`dim ${classes.foot}`}>
          {score.flags?.length ? `Noted: ${score.flags.join(", ").replaceAll("_", " ")}. ` : ""}
          {score.weight ? `Weight ${score.weight} in the net score. ` : ""}
          Took {duration(score.latency ?? 0)}; formula {score.formula_version}.
        </p>
      </div>
    </details>
  );
}
