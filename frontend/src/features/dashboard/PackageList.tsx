import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Package } from "@/api/generated";
import { Empty } from "@/ui/Empty";
import { Panel } from "@/ui/Panel";
import { ScoreMark } from "@/ui/ScoreMark";
import classes from "./PackageList.module.css";

/** A short list of packages, each with its score and one more fact about it. */
export function PackageList(props: { title: string; packages: readonly Package[]; fact: (of: Package) => ReactNode; none: ReactNode; more: string }) {
  return (
    <Panel title={props.title} flush aside={<Link to={props.more} aria-label={`${props.title}: all`}>All</Link>}>
      {props.packages.length === 0 && <Empty title="None yet">{props.none}</Empty>}
      <ul className={classes.list}>
        {props.packages.map((each) => (
          <li key={each.id}>
            <Link to={`/package/${each.id}`} className={classes.name}>
              <span>{each.name}</span> <span className="mono dim">{each.version}</span>
            </Link>
            <span className={classes.fact}>{props.fact(each)}</span>
            <ScoreMark value={each.net_score} label="Net score" />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
