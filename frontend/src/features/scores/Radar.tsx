import { score } from "@/format/scores";
import { anchor, onSpoke, outline, ring, type Spoke } from "./radar";
import classes from "./Radar.module.css";

const RADIUS = 84;
const RINGS = [0.25, 0.5, 0.75, 1];

/** The shape of a package's scores. The table beside it says the same in numbers. */
export function Radar({ spokes }: { spokes: readonly Spoke[] }) {
  const said = spokes.map(({ name, value }) => `${name} ${value === null ? "unknown" : score(value)}`).join(", ");
  return (
    <svg className={classes.radar} viewBox="-168 -108 336 216" role="img" aria-label={`Scores: ${said}.`}>
      {RINGS.map((share) => (
        <polygon key={share} className={share === 0.5 ? classes.gate : classes.ring} points={ring(spokes.length, share, RADIUS)} />
      ))}
      <polygon className={classes.shape} points={outline(spokes, RADIUS)} />
      {spokes.map(({ name, value }, index) => {
        const tip = onSpoke(index, spokes.length, 1, RADIUS);
        const label = onSpoke(index, spokes.length, 1.12, RADIUS);
        const at = onSpoke(index, spokes.length, value ?? 0, RADIUS);
        return (
          <g key={name}>
            <line className={classes.spoke} x2={tip.x} y2={tip.y} data-unknown={value === null || undefined} />
            {value !== null && <circle className={classes.dot} cx={at.x} cy={at.y} r={2.6} />}
            <text className={classes.label} x={label.x} y={label.y} dy="0.35em" textAnchor={anchor(label.x)} data-unknown={value === null || undefined}>
              {name}
            </text>
          </g>
        );
      })}
    </svg>
  );
}
