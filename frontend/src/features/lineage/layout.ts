import { Graph as DagreGraph, layout as dagreLayout } from "@dagrejs/dagre";
import type { Edge, Graph, Node } from "./graph";

export const NODE = { width: 190, height: 46 } as const;
const GAP = { rank: 64, node: 14 } as const;
const MOST_FOR_DAGRE = 300;

export interface Placed extends Node {
  /** The centre. */
  x: number;
  y: number;
}
export interface Point {
  x: number;
  y: number;
}
export interface Drawn extends Edge {
  points: readonly Point[];
}
export interface Layout {
  nodes: readonly Placed[];
  edges: readonly Drawn[];
  width: number;
  height: number;
}

/** Places parents to the left of their children. Small graphs get few crossings; large ones get columns by depth. */
export function layOut(graph: Graph): Layout {
  return graph.nodes.length <= MOST_FOR_DAGRE ? withFewCrossings(graph) : inColumns(graph);
}

function withFewCrossings(graph: Graph): Layout {
  const drawing = new DagreGraph();
  drawing.setGraph({ rankdir: "LR", ranksep: GAP.rank, nodesep: GAP.node });
  drawing.setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) drawing.setNode(node.key, { ...NODE });
  for (const edge of graph.edges) drawing.setEdge(edge.parent, edge.child);
  dagreLayout(drawing);
  const nodes = graph.nodes.map((node) => ({ ...node, x: drawing.node(node.key).x ?? 0, y: drawing.node(node.key).y ?? 0 }));
  const placed = new Map(nodes.map((node) => [node.key, node]));
  const edges = graph.edges.map((edge) => {
    const bends = (drawing.edge(edge.parent, edge.child).points ?? []).slice(1, -1);
    return { ...edge, points: fromSideToSide(placed.get(edge.parent), bends, placed.get(edge.child)) };
  });
  return { nodes, edges, ...extent(nodes) };
}

function column(node: Node): number {
  return node.direction === "ancestor" ? -node.depth : node.depth;
}

function inColumns(graph: Graph): Layout {
  const first = graph.nodes.reduce((least, node) => Math.min(least, column(node)), 0);
  const filled = new Map<number, number>();
  const nodes = graph.nodes.map((node) => {
    const row = filled.get(column(node)) ?? 0;
    filled.set(column(node), row + 1);
    const x = (column(node) - first) * (NODE.width + GAP.rank) + NODE.width / 2;
    return { ...node, x, y: row * (NODE.height + GAP.node) + NODE.height / 2 };
  });
  const placed = new Map(nodes.map((node) => [node.key, node]));
  const edges = graph.edges.map((edge) => ({ ...edge, points: fromSideToSide(placed.get(edge.parent), [], placed.get(edge.child)) }));
  return { nodes, edges, ...extent(nodes) };
}

/** An edge from the middle of the parent's right side, through the bends, to the middle of the child's left side. */
function fromSideToSide(parent: Placed | undefined, bends: readonly Point[], child: Placed | undefined): readonly Point[] {
  if (!parent || !child) return [];
  return [{ x: parent.x + NODE.width / 2, y: parent.y }, ...bends, { x: child.x - NODE.width / 2, y: child.y }];
}

function extent(nodes: readonly Placed[]): { width: number; height: number } {
  return {
    width: nodes.reduce((most, node) => Math.max(most, node.x + NODE.width / 2), 0),
    height: nodes.reduce((most, node) => Math.max(most, node.y + NODE.height / 2), 0),
  };
}

export type Step = "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown";

/** Where an arrow key leads from a node: left to a parent, right to a child, up and down among those beside it.
 * The node's own key where there is nothing that way. */
export function neighbour(layout: Layout, from: string, step: Step): string {
  const here = layout.nodes.find((node) => node.key === from);
  if (!here) return from;
  const candidates = layout.nodes.filter((node) => {
    if (step === "ArrowLeft") return layout.edges.some((edge) => edge.child === from && edge.parent === node.key);
    if (step === "ArrowRight") return layout.edges.some((edge) => edge.parent === from && edge.child === node.key);
    const isBeside = Math.abs(node.x - here.x) < NODE.width / 2 && node.key !== from;
    return isBeside && (step === "ArrowUp" ? node.y < here.y : node.y > here.y);
  });
  const distance = (node: Placed) => Math.abs(node.y - here.y);
  return candidates.reduce<Placed | null>((best, node) => (best && distance(best) <= distance(node) ? best : node), null)?.key ?? from;
}
