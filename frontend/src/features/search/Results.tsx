import { Link } from "react-router";
import type { Package } from "@/api/generated";
import { bytes, count } from "@/format/numbers";
import { ScoreMark } from "@/ui/ScoreMark";
import { Tag } from "@/ui/Tag";
import { When } from "@/ui/When";
import classes from "./Results.module.css";

/** Packages as a table; on a narrow screen each row becomes a small card with the same facts. */
export function Results({ packages, isStale }: { packages: readonly Package[]; isStale: boolean }) {
  return (
    <table className={classes.table} data-stale={isStale || undefined} aria-busy={isStale}>
      <caption className="unseen">Packages found</caption>
      <thead>
        <tr>
          <th scope="col">Package</th>
          <th scope="col">Net score</th>
          <th scope="col">Licence</th>
          <th scope="col" className={classes.right}>Size</th>
          <th scope="col" className={classes.right}>Downloads</th>
          <th scope="col" className={classes.right}>Stars</th>
          <th scope="col">Uploaded</th>
        </tr>
      </thead>
      <tbody>
        {packages.map((each) => (
          <tr key={each.id}>
            <th scope="row" className={classes.subject}>
              <Link to={`/package/${each.id}`}>{each.name}</Link> <span className="mono dim">{each.version}</span>{" "}
              {each.kind === "npm" && <Tag>npm</Tag>} {each.is_sensitive && <Tag tone="fair">sensitive</Tag>}
              {each.description && <p className="dim">{each.description}</p>}
            </th>
            <td data-label="Net score"><ScoreMark value={each.net_score} label="Net score" /></td>
            <td data-label="Licence">{each.license || <span className="dim">none</span>}</td>
            <td data-label="Size" className={classes.right}>{bytes(each.size_bytes)}</td>
            <td data-label="Downloads" className={classes.right}>{count(each.downloads)}</td>
            <td data-label="Stars" className={classes.right}>{each.average_rating?.toFixed(1) ?? <span className="dim">–</span>}</td>
            <td data-label="Uploaded" className="dim"><When iso={each.upload_date} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
