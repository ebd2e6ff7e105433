export interface Spoke {
  name: string;
  /** 0 to 1; null is unknown, and leaves a gap rather than a zero. */
  value: number | null;
}
export interface Point {
  x: number;
  y: number;
}

/** The point at `share` of `radius` on spoke `index` of `count`, the first pointing up, clockwise around (0, 0). */
export function onSpoke(index: number, count: number, share: number, radius: number): Point {
  const angle = (index / count) * 2 * Math.PI - Math.PI / 2;
  return { x: round(Math.cos(angle) * share * radius), y: round(Math.sin(angle) * share * radius) };
}

/** The outline through every known value, as the points of an SVG polygon. */
export function outline(spokes: readonly Spoke[], radius: number): string {
  return spokes
    .flatMap(({ value }, index) => (value === null ? [] : [onSpoke(index, spokes.length, value, radius)]))
    .map(({ x, y }) => `${x},${y}`)
    .join(" ");
}

/** A ring at `share` of the radius. */
export function ring(count: number, share: number, radius: number): string {
  return outline(Array.from({ length: count }, () => ({ name: "", value: share })), radius);
}

/** Where a label next to (x, y) starts, so that it never covers the drawing. */
export function anchor(x: number): "start" | "middle" | "end" {
  if (Math.abs(x) < 1) return "middle";
  return x > 0 ? "start" : "end";
}

function round(value: number): number {
  return Math.round(value * 100) / 100 + 0;
}
