import type { Stats } from "@/api/generated";
import { count } from "@/format/numbers";
import type { Grade } from "@/format/scores";
import { Tallies } from "./Tallies";

const ENDS: readonly [string, string, Grade][] = [
  ["succeeded", "Succeeded", "good"],
  ["rejected", "Rejected by the gate", "fair"],
  ["unavailable", "Waiting for evidence", "unknown"],
  ["failed", "Failed", "poor"],
];

/** How the jobs so far ended; for administrators each leads to these jobs. */
export function JobTallies({ jobs, isAdministrator }: { jobs: Stats["jobs"]; isAdministrator: boolean }) {
  const tallies = ENDS.map(([status, label, tone]) => ({
    label: isAdministrator ? <a href={`/admin/packages_app/job/?stands=${status}`}>{label}</a> : label,
    tone,
    number: jobs[status] ?? 0,
  }));
  return <Tallies title="Jobs so far" aside={count(tallies.reduce((sum, { number }) => sum + number, 0))} tallies={tallies} />;
}
