import type { Lineage, Link, Relative } from "@/api/generated";

/** A package of the graph; one that the registry doesn't hold has no `packageId`. */
export interface Node {
  key: string;
  packageId: string | null;
  name: string;
  version: string;
  netScore: number | null;
  direction: Relative["direction"];
  depth: number;
  relationship: string;
}
export interface Edge {
  child: string;
  parent: string;
  relationship: string;
}
export interface Graph {
  nodes: readonly Node[];
  edges: readonly Edge[];
}

function unresolvedKey(name: string, version: string): string {
  return `unresolved:${name}@${version}`;
}

/** The API's answer as nodes and the edges between them; declarations of packages that aren't shown are left out. */
export function graphOf(lineage: Lineage): Graph {
  const nodes = new Map<string, Node>();
  for (const { id, name, version, net_score: netScore, direction, depth, relationship } of lineage.lineage) {
    const key = id ?? unresolvedKey(name, version);
    if (!nodes.has(key)) nodes.set(key, { key, packageId: id, name, version, netScore, direction, depth, relationship });
  }
  const edges = new Map<string, Edge>();
  for (const link of lineage.edges) {
    const { child, relationship } = link;
    const parent = parentKey(link);
    if (nodes.has(child) && nodes.has(parent)) edges.set(`${child} ${parent}`, { child, parent, relationship });
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

function parentKey(link: Link): string {
  return link.parent ?? unresolvedKey(link.parent_name, link.parent_version);
}
