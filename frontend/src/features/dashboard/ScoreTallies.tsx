import { Link } from "react-router";
import type { Stats } from "@/api/generated";
import type { Grade } from "@/format/scores";
import { Tallies } from "./Tallies";

const GRADES: readonly [Grade, string][] = [
  ["good", "0.75 or better"],
  ["fair", "0.5 to 0.75"],
  ["poor", "Under 0.5"],
  ["unknown", "Too little is known"],
];

/** The packages by their net scores. */
export function ScoreTallies({ scores }: { scores: Stats["net_scores"] }) {
  const tallies = GRADES.map(([tone, label]) => ({ label, tone, number: scores[tone] ?? 0 }));
  return <Tallies title="Net scores" aside={<Link to="/search?sort=score">Best first</Link>} tallies={tallies} />;
}
