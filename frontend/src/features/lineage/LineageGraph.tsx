import { Button, Group } from "@mantine/core";
import { select } from "d3-selection";
import { zoom, zoomIdentity, type ZoomBehavior } from "d3-zoom";
import { useCallback, useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useNavigate } from "react-router";
import { grade, score } from "@/format/scores";
import type { Graph } from "./graph";
import { layOut, neighbour, NODE, type Placed, type Step } from "./layout";
import classes from "./LineageGraph.module.css";

const STEPS: readonly string[] = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];
const HEIGHT = 380;
const MARGIN = 16;
const SMALLEST_READ = 0.6;

/** The graph, parents left of children: dragged and zoomed by pointer; by keyboard one stop, arrows along the edges,
 * Enter opens. The table below it says the same. */
export function LineageGraph({ graph, self }: { graph: Graph; self: string }) {
  const layout = useMemo(() => layOut(graph), [graph]);
  const [current, setCurrent] = useState(self);
  const navigate = useNavigate();
  const prefix = useId();
  const name = (key: string) => `${prefix}-${key}`;
  const own = layout.nodes.find((node) => node.key === self);
  const { frame, drawing, see, fit } = useZoom(layout.width, layout.height, own);
  const focused = layout.nodes.find((node) => node.key === current);

  const open = (node: Placed | undefined) => {
    if (node?.packageId && node.packageId !== self) void navigate(`/package/${node.packageId}?tab=lineage`);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") open(focused);
    if (!STEPS.includes(event.key)) return;
    event.preventDefault();
    const next = neighbour(layout, current, event.key as Step);
    setCurrent(next);
    see(layout.nodes.find((node) => node.key === next));
  };
  return (
    <div className={classes.box}>
      <div role="application" tabIndex={0} className={classes.keys} onKeyDown={onKeyDown} aria-activedescendant={name(current)}
        aria-label="Lineage graph. Arrow keys follow the edges, Enter opens a package.">
        <svg ref={frame} className={classes.frame} style={{ height: Math.min(HEIGHT, Math.max(150, layout.height + 4 * MARGIN)) }} aria-hidden={false}>
          <g ref={drawing}>
            {layout.edges.map((edge) => (
              <path key={`${edge.parent} ${edge.child}`} className={classes.edge} d={pathThrough(edge.points)}>
                <title>{edge.relationship}</title>
              </path>
            ))}
            {layout.nodes.map((node) => (
              <g key={node.key} id={name(node.key)} className={classes.node} role="img" aria-label={spoken(node)}
                transform={`translate(${node.x - NODE.width / 2},${node.y - NODE.height / 2})`}
                data-self={node.key === self || undefined} data-unresolved={!node.packageId || undefined} data-current={node.key === current || undefined}
                onClick={() => { setCurrent(node.key); open(node); }}>
                <rect width={NODE.width} height={NODE.height} rx={6} />
                <text x={10} y={19} className={classes.name}>{shortened(nameOf(node), 22)}</text>
                <text x={10} y={36} className={classes.note}>{shortened(noteOf(node), 26)}</text>
                {node.packageId && (
                  <text x={NODE.width - 10} y={36} textAnchor="end" className={classes.score} data-grade={grade(node.netScore)}>{score(node.netScore)}</text>
                )}
              </g>
            ))}
          </g>
        </svg>
      </div>
      <Group gap="xs" justify="space-between" className={classes.foot}>
        <span className="dim" role="status">{focused ? spoken(focused) : ""}</span>
        <Button variant="default" size="compact-xs" flex="none" onClick={fit}>Show all of it</Button>
      </Group>
    </div>
  );
}

function spoken(node: Placed): string {
  const relation = node.direction === "self" ? "this package" : `${node.direction}, ${node.relationship}`;
  const netScore = grade(node.netScore) === "unknown" ? "unknown" : score(node.netScore);
  return `${node.name} ${node.version}: ${relation}${node.packageId ? `, net score ${netScore}` : ", not held here"}`;
}

/** The name without its owner, who stands beneath it with the version. */
function nameOf({ name }: Placed): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

function noteOf(node: Placed): string {
  const owner = node.name.slice(0, Math.max(0, node.name.lastIndexOf("/")));
  return [owner, node.packageId ? "" : "not held here", node.version || "any version"].filter(Boolean).join(" · ");
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** A smooth line through the points. */
function pathThrough(points: readonly { x: number; y: number }[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let from = first;
  const bends = rest.map((to) => {
    const middle = (from.x + to.x) / 2;
    const bend = `C${middle},${from.y} ${middle},${to.y} ${to.x},${to.y}`;
    from = to;
    return bend;
  });
  return `M${first.x},${first.y}${bends.join("")}`;
}

/** Drag and zoom of `drawing` inside `frame`; `fit` shows all of it, `see` brings one node into view. At first all is shown,
 * or, where that would be too small to be read, what surrounds `first`. */
function useZoom(width: number, height: number, first: Placed | undefined) {
  const frame = useRef<SVGSVGElement>(null);
  const drawing = useRef<SVGGElement>(null);
  const behaviour = useRef<ZoomBehavior<SVGSVGElement, unknown> | null>(null);
  const fit = useCallback(() => {
    if (!frame.current || !behaviour.current) return 1;
    const { clientWidth, clientHeight } = frame.current;
    const scale = Math.min(1, (clientWidth - 2 * MARGIN) / width, (clientHeight - 2 * MARGIN) / height);
    const place = zoomIdentity.translate((clientWidth - width * scale) / 2, (clientHeight - height * scale) / 2).scale(scale);
    behaviour.current.transform(select(frame.current), place);
    return scale;
  }, [width, height]);
  useEffect(() => {
    if (!frame.current) return;
    const svg = select(frame.current);
    behaviour.current = zoom<SVGSVGElement, unknown>()
      .scaleExtent([0.1, 2])
      // The page itself scrolls by wheel and by one finger; the graph zooms with Ctrl or two fingers, and drags by mouse.
      .filter((event: MouseEvent & TouchEvent) =>
        event.type === "wheel" ? event.ctrlKey : event.type.startsWith("touch") ? event.touches.length > 1 : event.button === 0)
      .on("zoom", (event: { transform: { toString: () => string } }) => drawing.current?.setAttribute("transform", event.transform.toString()));
    svg.call(behaviour.current).on("dblclick.zoom", null);
    if (fit() < SMALLEST_READ && first) {
      behaviour.current.scaleTo(svg, 0.85);
      behaviour.current.translateTo(svg, first.x, first.y);
    }
    return () => void svg.on(".zoom", null);
  }, [fit, first]);
  const see = (node: Placed | undefined) => {
    if (node && frame.current && behaviour.current) behaviour.current.translateTo(select(frame.current), node.x, node.y);
  };
  return { frame, drawing, see, fit };
}
