import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link } from "react-router";
import { packageLineageOptions } from "@/api/generated/@tanstack/react-query.gen";
import { Empty } from "@/ui/Empty";
import { Failure } from "@/ui/Failure";
import { ScoreMark } from "@/ui/ScoreMark";
import { Tag } from "@/ui/Tag";
import { Waiting } from "@/ui/Waiting";
import { graphOf, type Node } from "./graph";
import classes from "./Lineage.module.css";
import { LineageGraph } from "./LineageGraph";

/** Whom a package derives from, and who derives from it. */
export function Lineage({ packageId }: { packageId: string }) {
  const lineage = useQuery(packageLineageOptions({ path: { package_id: packageId }, query: { direction: "both" } }));
  const graph = useMemo(() => (lineage.data ? graphOf(lineage.data) : null), [lineage.data]);
  if (lineage.error) return <Failure error={lineage.error} retry={lineage.refetch} />;
  if (!graph) return <Waiting rows={6} />;
  if (graph.nodes.length < 2) {
    return <Empty title="It stands alone">It declares no parents, and nothing in the registry derives from it.</Empty>;
  }
  const others = graph.nodes.filter((node) => node.direction !== "self");
  return (
    <div className={classes.lineage}>
      <LineageGraph key={packageId} graph={graph} self={packageId} />
      {lineage.data?.truncated && <p className="dim">There are more; only the nearest thousand are shown.</p>}
      <div className={classes.wide} tabIndex={0} role="region" aria-label="Relatives">
        <table className={classes.relatives}>
          <thead>
            <tr><th scope="col">Package</th><th scope="col">Is its</th><th scope="col">By</th><th scope="col">Steps</th><th scope="col">Net score</th></tr>
          </thead>
          <tbody>{others.map((node) => <Row key={`${node.direction} ${node.key}`} node={node} />)}</tbody>
        </table>
      </div>
    </div>
  );
}

function Row({ node }: { node: Node }) {
  return (
    <tr>
      <th scope="row">
        {node.packageId ? <Link to={`/package/${node.packageId}`}>{node.name}</Link> : node.name} <span className="mono dim">{node.version}</span>{" "}
        {!node.packageId && <Tag title="Declared as a parent; it is linked as soon as it is published here.">not held here</Tag>}
      </th>
      <td>{node.direction}</td>
      <td>{node.relationship}</td>
      <td className="number">{node.depth}</td>
      <td>{node.packageId ? <ScoreMark value={node.netScore} label="Net score" /> : <span className="dim">unknown</span>}</td>
    </tr>
  );
}
