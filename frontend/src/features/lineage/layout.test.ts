import { expect, test } from "vitest";
import type { Lineage, Relative } from "@/api/generated";
import { graphOf } from "./graph";
import { layOut, neighbour, NODE } from "./layout";

function relative(id: string | null, name: string, depth: number, direction: Relative["direction"]): Relative {
  return { id, name, version: id ? "1" : "", depth, direction, relationship: "finetune", resolved: id !== null, net_score: null };
}
function link(child: string, parent: string | null, parentName: string) {
  return { child, parent, parent_name: parentName, parent_version: "", relationship: "finetune", source: "README.md" };
}

/** base → (left, right) → merged: a diamond, and a parent that isn't held here. */
const DIAMOND: Lineage = {
  package_id: "base",
  truncated: false,
  lineage: [
    relative("base", "base", 0, "self"),
    relative(null, "elsewhere", 1, "ancestor"),
    relative("left", "left", 1, "descendant"),
    relative("right", "right", 1, "descendant"),
    relative("merged", "merged", 2, "descendant"),
  ],
  edges: [
    link("base", null, "elsewhere"), link("left", "base", "base"), link("right", "base", "base"),
    link("merged", "left", "left"), link("merged", "right", "right"), link("merged", "not shown", "not shown"),
  ],
};

test("a graph holds every package once, and only edges between those", () => {
  const graph = graphOf(DIAMOND);
  expect(graph.nodes.map((node) => node.key)).toEqual(["base", "unresolved:elsewhere@", "left", "right", "merged"]);
  expect(graph.edges.map((edge) => `${edge.parent} > ${edge.child}`)).toEqual([
    "unresolved:elsewhere@ > base", "base > left", "base > right", "left > merged", "right > merged",
  ]);
});

test("parents stand left of their children, and nothing overlaps", () => {
  const { nodes, edges } = layOut(graphOf(DIAMOND));
  const at = new Map(nodes.map((node) => [node.key, node]));
  for (const edge of edges) expect(at.get(edge.parent)!.x).toBeLessThan(at.get(edge.child)!.x - NODE.width / 2);
  for (const one of nodes) {
    for (const other of nodes) {
      const apart = one === other || Math.abs(one.x - other.x) >= NODE.width || Math.abs(one.y - other.y) >= NODE.height;
      expect(apart).toBe(true);
    }
  }
});

test("a large graph is laid out in columns by depth", () => {
  const many = Array.from({ length: 400 }, (_, index) => relative(`child-${index}`, `child-${index}`, 1 + (index % 2), "descendant"));
  const layout = layOut(graphOf({ ...DIAMOND, lineage: [relative("base", "base", 0, "self"), ...many], edges: many.map(({ name }) => link(name, "base", "base")) }));
  expect(new Set(layout.nodes.map((node) => node.x)).size).toBe(3);
  expect(layout.edges.every((edge) => edge.points.length === 2)).toBe(true);
});

test("one package alone has a place", () => {
  const layout = layOut(graphOf({ ...DIAMOND, lineage: [relative("base", "base", 0, "self")], edges: [] }));
  expect([layout.nodes.length, layout.edges.length, layout.width]).toEqual([1, 0, NODE.width]);
});

test.each([
  ["base", "ArrowLeft", "unresolved:elsewhere@"],
  ["merged", "ArrowRight", "merged"],
  ["unresolved:elsewhere@", "ArrowLeft", "unresolved:elsewhere@"],
  ["base", "ArrowUp", "base"],
  ["unknown", "ArrowUp", "unknown"],
] as const)("from %s %s leads to %s", (from, step, to) => expect(neighbour(layOut(graphOf(DIAMOND)), from, step)).toBe(to));

test("up and down go among those beside it, and back", () => {
  const layout = layOut(graphOf(DIAMOND));
  const [upper, lower] = layout.nodes.filter(({ key }) => key === "left" || key === "right").sort((one, other) => one.y - other.y);
  expect(neighbour(layout, upper!.key, "ArrowDown")).toBe(lower!.key);
  expect(neighbour(layout, lower!.key, "ArrowUp")).toBe(upper!.key);
  expect(neighbour(layout, upper!.key, "ArrowUp")).toBe(upper!.key);
});
