import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import type { ConfusionFinding } from "@/api/generated";
import { packageAuditOptions } from "@/api/generated/@tanstack/react-query.gen";
import { plural } from "@/format/numbers";
import type { Grade } from "@/format/scores";
import { Tag } from "@/ui/Tag";
import classes from "./Findings.module.css";

const SEVERITIES: Readonly<Record<ConfusionFinding["severity"], Grade>> = { low: "unknown", medium: "fair", high: "poor" };
const SHOWN = 3;

/** Why this package could be taken for another, the worst first; for administrators. Nothing, where there is no finding. */
export function Findings({ packageId }: { packageId: string }) {
  const audit = useQuery(packageAuditOptions({ path: { package_id: packageId } }));
  const findings = worstFirst(audit.data?.findings ?? []);
  if (findings.length === 0) return null;
  const more = findings.slice(SHOWN);
  return (
    <section className={classes.findings} aria-label="Findings">
      {findings.slice(0, SHOWN).map((finding) => <Finding key={finding.id} finding={finding} />)}
      {more.length > 0 && (
        <details>
          <summary>{plural(more.length, "more finding")}</summary>
          {more.map((finding) => <Finding key={finding.id} finding={finding} />)}
        </details>
      )}
    </section>
  );
}

function Finding({ finding }: { finding: ConfusionFinding }) {
  const { reason } = finding.details;
  const isOpen = (finding.state ?? "open") === "open";
  return (
    <p>
      <Tag tone={SEVERITIES[finding.severity]}>{finding.severity}</Tag> {typeof reason === "string" ? reason : finding.pattern}
      {!isOpen && <> <Tag>{finding.state}</Tag></>}
      {finding.lookalike_id && <> · <Link to={`/package/${finding.lookalike_id}`}>See the other one</Link></>}
      {" · "}
      <a href={`/admin/packages_app/confusionfinding/${finding.id}/change/`}>{isOpen ? "Decide" : "Details"}</a>
    </p>
  );
}

/** By severity; those that are dismissed come last. */
export function worstFirst(findings: readonly ConfusionFinding[]): ConfusionFinding[] {
  const order: readonly ConfusionFinding["severity"][] = ["high", "medium", "low"];
  const place = (finding: ConfusionFinding) => order.indexOf(finding.severity) + (finding.state === "dismissed" ? order.length : 0);
  return [...findings].sort((one, other) => place(one) - place(other));
}
