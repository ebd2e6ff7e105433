import { Progress } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link } from "react-router";
import type { Job } from "@/api/generated";
import { jobOptions, jobsQueryKey } from "@/api/generated/@tanstack/react-query.gen";
import { Failure } from "./Failure";
import { isOver, JOB_TONES, jobSubject } from "./JobLine";
import classes from "./JobOutcome.module.css";
import { JobScores } from "./JobScores";
import { Tag } from "./Tag";

const EVERY_MS = 600;

/** What is said as soon as the registry has taken the work on, and when it is done. */
export interface Words {
  begun: string;
  done: string;
}

/** A job, followed until it is over. Lists of jobs learn when it begins and ends. */
export function JobOutcome({ jobId, says }: { jobId: string; says: Words }) {
  const queries = useQueryClient();
  const job = useQuery({
    ...jobOptions({ path: { job_id: jobId } }),
    refetchInterval: (query) => (query.state.data && isOver(query.state.data) ? false : EVERY_MS),
  });
  const isDone = !!job.data && isOver(job.data);
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- said when it begins, and again when it is done
  useEffect(() => void queries.invalidateQueries({ queryKey: jobsQueryKey() }), [queries, isDone]);
  if (job.error && !job.data) return <Failure error={job.error} retry={job.refetch} />;
  return <Outcome job={job.data} says={says} />;
}

/** The message stays the same element while the job goes on beneath it, so that nobody loses hold of it. */
export function Outcome({ job, says }: { job: Job | undefined; says: Words }) {
  return (
    <div className={classes.outcome}>
      {!(job && isOver(job) && job.status !== "succeeded") && (
        <p className={`success-message ${classes.good}`} role="status">
          {job?.status === "succeeded" ? says.done : says.begun}{" "}
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
