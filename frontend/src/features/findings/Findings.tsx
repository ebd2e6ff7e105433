import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { packageAuditOptions } from "@/api/generated/@tanstack/react-query.gen";
import type { Grade } from "@/format/scores";
import { Tag } from "@/ui/Tag";
import classes from "./Findings.module.css";

const SEVERITIES: Readonly<Record<string, Grade>> = { low: "unknown", medium: "fair", high: "poor" };

/** Why this package could be taken for another; for administrators. Nothing, where there is no finding. */
export function Findings({ packageId }: { packageId: string }) {
  const audit = useQuery(packageAuditOptions({ path: { package_id: packageId } }));
  if (!audit.data?.total) return null;
  return (
    <section className={classes.findings} aria-label="Findings">
      {audit.data.findings.map((finding) => (
        <p key={finding.id}>
          <Tag tone={SEVERITIES[finding.severity] ?? "unknown"}>{finding.severity}</Tag> {finding.pattern}
          {finding.lookalike_id && <> · <Link to={`/package/${finding.lookalike_id}`}>look at the other one</Link></>}
        </p>
      ))}
    </section>
  );
}
