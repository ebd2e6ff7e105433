import { Progress } from "@mantine/core";
import { Link } from "react-router";
import type { Job } from "@/api/generated";
import type { Grade } from "@/format/scores";
import classes from "./JobLine.module.css";
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

/** One job on a line or two: what, how far, how it ended. */
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
      <span className={classes.state}>
        {!isOver(job) && <span className="dim">{job.stage || "waiting"}</span>}
        {isOver(job) && job.finished_at && <span className="dim"><When iso={job.finished_at} /></span>}
        <Tag tone={JOB_TONES[status]}>{status}</Tag>
      </span>
      {!isOver(job) && (
        <Progress className={classes.bar} size="sm" value={status === "running" ? Math.max(3, percent) : 0}
          aria-label={`${jobSubject(job)}: ${job.stage || "waiting"}`} />
      )}
      {job.error && <p className={classes.error}>{job.error.detail}</p>}
    </div>
  );
}
