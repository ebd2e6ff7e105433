import { When } from "@/ui/When";
import type { Policy } from "./usePolicy";
import classes from "./PolicySource.module.css";

/** The policy that decides over every download, as text: nothing of it runs here. */
export function PolicySource({ policy }: { policy: Policy }) {
  return (
    <div className={classes.policy}>
      <p className="dim">
        Runs in a sandbox before every download, in the time zone {policy.timezone}. Changed <When iso={policy.updated_at} />
        {policy.updated_by && ` by ${policy.updated_by}`}; SHA-256 <span className="mono">{policy.sha256.slice(0, 12)}…</span>
      </p>
      <pre tabIndex={0} className={classes.source}>{policy.source}</pre>
    </div>
  );
}
