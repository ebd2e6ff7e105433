import { Link } from "react-router";
import type { Stats } from "@/api/generated";
import { bytes, count, plural, roughly } from "@/format/numbers";
import classes from "./Totals.module.css";

interface Total {
  label: string;
  value: string;
  note: string;
  to?: string;
}

/** How much the registry holds; each number leads to what it counts. */
export function Totals({ stats, isAdministrator }: { stats: Stats; isAdministrator: boolean }) {
  const totals: readonly Total[] = [
    { label: "Packages", value: roughly(stats.packages), note: `of ${plural(stats.names, "name")}`, to: "/search" },
    { label: "Models", value: roughly(stats.kinds.model ?? 0), note: `${count(stats.kinds.npm ?? 0)} npm beside them`, to: "/search?kind=model" },
    { label: "Downloads", value: roughly(stats.downloads), note: "since the beginning", to: "/search?sort=downloads" },
    { label: "Stored", value: bytes(stats.size_bytes), note: "of archives" },
    { label: "People", value: roughly(stats.users), note: "with an account", ...(isAdministrator && { to: "/admin/accounts_app/user/" }) },
  ];
  return (
    <dl className={classes.totals}>
      {totals.map((total) => (
        <div key={total.label}>
          <dt><Label {...total} /></dt>
          <dd className={classes.value}>{total.value}</dd>
          <dd className="dim">{total.note}</dd>
        </div>
      ))}
    </dl>
  );
}

function Label({ label, to }: Total) {
  if (!to) return label;
  return to.startsWith("/admin/") ? <a href={to}>{label}</a> : <Link to={to}>{label}</Link>;
}
