import { useQuery } from "@tanstack/react-query";
import { jobsOptions } from "@/api/generated/@tanstack/react-query.gen";
import { Empty } from "@/ui/Empty";
import { Failure } from "@/ui/Failure";
import { isOver, JobLine } from "@/ui/JobLine";
import { Panel } from "@/ui/Panel";
import { Waiting } from "@/ui/Waiting";

const BUSY_MS = 1_000;
const IDLE_MS = 8_000;

/** What became of one's uploads and ingests, also of those from another tab or day. */
export function RecentJobs() {
  const jobs = useQuery({
    ...jobsOptions({ query: { mine: true, limit: 10 } }),
    refetchInterval: (query) => (query.state.data?.jobs.every(isOver) === false ? BUSY_MS : IDLE_MS),
  });
  return (
    <Panel title="Your recent jobs">
      {jobs.error && <Failure error={jobs.error} retry={jobs.refetch} />}
      {!jobs.data && !jobs.error && <Waiting rows={3} />}
      {jobs.data?.jobs.length === 0 && <Empty title="None yet">Every upload and ingest is a job; it goes on when you leave this page.</Empty>}
      {jobs.data?.jobs.map((job) => <JobLine key={job.job_id} job={job} />)}
    </Panel>
  );
}
