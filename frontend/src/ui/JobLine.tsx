import { Progress } from "@mantine/core";
import { Link } from "react-router";
import type { Job } from "@/api/generated";
import type { Grade } from "@/format/scores";
import classes from "./JobLine.module.css";
import { JobScores } from "./JobScores";
import { Tag } from "./Tag";
import { When } from "./When";

type Status = NonNullable<Job["status"]>;

export const JOB_TONES: Readonly<Record<Status, Grade | "accent">> = {
  queued: "unknown", running: "accent", succeeded: "good", rejected: "fair", unavailable: "unknown", failed: "poor",
};

export function isOver(job: Pick<Job, "status">): boolean {
  return job.status !== "queued" && job.status !== "running";
}

/** What a job is about: the package's name and version once they are known. */
export function jobSubject(job: Job): string {
  return [job.name || `an ${job.kind}`, job.version].filter(Boolean).join(" ");
}

/** One job on a few lines: what, how far, how it ended; what was turned away with its scores. */
export function JobLine({ job }: { job: Job }) {
  const status = job.status ?? "queued";
  const percent = Math.round((job.progress ?? 0) * 100);
  return (
    <div className={classes.job}>
      <span className={classes.subject}>
        {job.package_id && status === "succeeded" ? (
          <Link to={`/package/${job.package_id}`}>{jobSubject(job)}</Link>
        ) : (
          jobSubject(job)
        )}
      </span>
      <Tag tone={JOB_TONES[status]}>{status}</Tag>
      <span className={`dim ${classes.note}`}>
        {isOver(job) ? job.finished_at && <When iso={job.finished_at} /> : job.stage || "waiting"}
      </span>
      {!isOver(job) && (
        <Progress className={classes.bar} size="sm" value={status === "running" ? Math.max(3, percent) : 0}
          aria-label={`${jobSubject(job)}: ${job.stage || "waiting"}`} />
      )}
      {job.error && <p className={classes.error}>{job.error.detail}</p>}
      {isOver(job) && status !== "succeeded" && !!job.scores && (
        <details className={classes.scores}>
          <summary>Its scores</summary>
          <JobScores scores={job.scores} failed={job.failed_metrics ?? []} />
        </details>
      )}
    </div>
  );
}
