import { grade, score } from "@/format/scores";
import classes from "./ScoreMark.module.css";

const WORDS = { good: "good", fair: "fair", poor: "poor", unknown: "unknown" } as const;

/** A score as a number and a bar; its grade also in words, for who doesn't see colours. `inline`: as part of a line of
 * text rather than of a column. */
export function ScoreMark(props: { value: number | null | undefined; label?: string; wide?: boolean; inline?: boolean }) {
  const { value, label = "score", wide, inline } = props;
  const known = grade(value);
  if (inline && known === "unknown") return WORDS.unknown;
  const width = known === "unknown" ? 0 : Math.max(0.02, value ?? 0) * 100;
  return (
    <span className={`${classes.mark} ${wide ? classes.wide : ""}`} data-grade={known} data-inline={inline || undefined} title={`${label}: ${WORDS[known]}`}>
      <span className={classes.value}>{score(value)}</span>
      <span className="unseen">{` ${WORDS[known]}`}</span>
      <span className={classes.track} aria-hidden="true">
        <span className={classes.bar} style={{ width: `${width}%` }} />
      </span>
    </span>
  );
}
