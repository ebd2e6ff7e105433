import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { jobsOptions } from "@/api/generated/@tanstack/react-query.gen";
import { Empty } from "@/ui/Empty";
import { Failure } from "@/ui/Failure";
import { JobLine } from "@/ui/JobLine";
import { Panel } from "@/ui/Panel";
import { Waiting } from "@/ui/Waiting";

const BUSY_MS = 1_000;
const IDLE_MS = 10_000;

/** What is being processed, live. */
export function JobsUnderWay({ finished }: { finished: number }) {
  const jobs = useQuery({
    ...jobsOptions({ query: { under_way: true, limit: 8 } }),
    refetchInterval: (query) => (query.state.data?.total ? BUSY_MS : IDLE_MS),
  });
  return (
    <Panel title="Under way" aside={jobs.data?.total ? `${jobs.data.total} jobs` : undefined}>
      {jobs.isPending && !jobs.error && <Waiting rows={2} />}
      {jobs.error && <Failure error={jobs.error} retry={jobs.refetch} />}
      {jobs.data?.jobs.map((job) => <JobLine key={job.job_id} job={job} />)}
      {jobs.data?.jobs.length === 0 && (
        <Empty title="Nothing at the moment">
          {finished.toLocaleString("en")} finished so far. <Link to="/upload">Upload a package</Link> and watch it here.
        </Empty>
      )}
    </Panel>
  );
}
