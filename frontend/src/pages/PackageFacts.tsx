import { Link } from "react-router";
import type { Metadata, Origin } from "@/api/generated";
import { inFull } from "@/format/dates";
import { bytes } from "@/format/numbers";
import { Copy } from "@/ui/Copy";
import { Tag } from "@/ui/Tag";
import classes from "./PackageFacts.module.css";

const BAD = new Set(["malicious", "suspicious", "looks_like_another"]);
const PROVIDERS: Readonly<Record<Origin["provider"], string>> = { huggingface: "Hugging Face", npm: "npm" };

/** What is known of a package besides its scores. */
export function PackageFacts({ metadata }: { metadata: Metadata }) {
  const flags = metadata.flags.filter((flag) => flag !== "sensitive"); // said beside the name
  return (
    <dl className={classes.facts}>
      <dt>Uploaded</dt>
      <dd>{inFull(metadata.upload_date)}</dd>
      {metadata.origin && (
        <>
          <dt>Ingested from</dt>
          <dd>
            {PROVIDERS[metadata.origin.provider]}: {metadata.origin.identity} <span className="mono dim">{metadata.origin.revision}</span>
          </dd>
        </>
      )}
      <dt>Size</dt>
      <dd>{bytes(metadata.size_bytes)}</dd>
      <dt>SHA-256</dt>
      <dd><div className="mono">{metadata.sha256}</div><Copy text={metadata.sha256} what="SHA-256" /></dd>
      {metadata.dependencies.length > 0 && (
        <>
          <dt>Derives from</dt>
          <dd>
            {metadata.dependencies.map((parent) => (
              <div key={`${parent.name} ${parent.version}`}>
                {parent.id ? <Link to={`/package/${parent.id}`}>{parent.name}</Link> : parent.name} <span className="mono dim">{parent.version}</span>{" "}
                <span className="dim">({parent.relationship}{parent.resolved ? "" : ", not held here"})</span>
              </div>
            ))}
          </dd>
        </>
      )}
      {flags.length > 0 && (
        <>
          <dt>Noted</dt>
          <dd className={classes.flags}>
            {flags.map((flag) => <Tag key={flag} tone={BAD.has(flag) ? "poor" : "unknown"}>{flag.replaceAll("_", " ")}</Tag>)}
          </dd>
        </>
      )}
    </dl>
  );
}
