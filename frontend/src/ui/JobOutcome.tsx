import { Progress } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import type { Job } from "@/api/generated";
import { jobOptions } from "@/api/generated/@tanstack/react-query.gen";
import { inOrder, metricLabel } from "@/format/scores";
import { Failure } from "./Failure";
import { isOver, JOB_TONES, jobSubject } from "./JobLine";
import classes from "./JobOutcome.module.css";
import { ScoreMark } from "./ScoreMark";
import { Tag } from "./Tag";

const EVERY_MS = 600;

/** A job, followed until it is over. `success` is said as soon as the registry has taken the work on. */
export function JobOutcome({ jobId, success }: { jobId: string; success: string }) {
  const job = useQuery({
    ...jobOptions({ path: { job_id: jobId } }),
    refetchInterval: (query) => (query.state.data && isOver(query.state.data) ? false : EVERY_MS),
  });
  if (job.error && !job.data) return <Failure error={job.error} retry={job.refetch} />;
  return <Outcome job={job.data} success={success} />;
}

/** The message stays the same element while the job goes on beneath it, so that nobody loses hold of it. */
export function Outcome({ job, success }: { job: Job | undefined; success: string }) {
  return (
    <div className={classes.outcome}>
      {!(job && isOver(job) && job.status !== "succeeded") && (
        <p className={`success-message ${classes.good}`} role="status">
          {success}. {job?.status !== "succeeded" && "It is being measured …"}
          {job?.status === "succeeded" && job.package_id && <Link to={`/package/${job.package_id}`}>Open {jobSubject(job)}</Link>}
        </p>
      )}
      {job && <Course job={job} />}
    </div>
  );
}

function Course({ job }: { job: Job }) {
  const status = job.status ?? "queued";
  const percent = Math.max(3, Math.round((job.progress ?? 0) * 100));
  return (
    <>
      {!isOver(job) && (
        <>
          <p className={classes.line}><Tag tone={JOB_TONES[status]}>{status}</Tag> <span className="dim">{job.stage || "waiting for a worker"}</span></p>
          <Progress size="sm" value={status === "running" ? percent : 0} aria-label={`${jobSubject(job)}: ${job.stage || "waiting"}`} />
        </>
      )}
      {isOver(job) && status !== "succeeded" && (
        <div role="alert" className={classes.bad} data-status={status}>
          <p><strong>{TITLES[status]}</strong></p>
          <p>{job.error?.detail}</p>
        </div>
      )}
      {status !== "succeeded" && <JobScores scores={job.scores} failed={job.failed_metrics ?? []} />}
    </>
  );
}

const TITLES: Readonly<Record<string, string>> = {
  rejected: "Rejected: its scores don't pass the gate",
  unavailable: "Not decided: evidence could not be had",
  failed: "Failed",
};

/** The scores that a job found, those first that failed. A score comes as a number or with its status and reason. */
function JobScores({ scores, failed }: { scores: unknown; failed: readonly string[] }) {
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
