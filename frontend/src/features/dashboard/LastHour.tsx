import { count } from "@/format/numbers";
import { Empty } from "@/ui/Empty";
import { Panel } from "@/ui/Panel";
import classes from "./LastHour.module.css";
import { bars, failures, inWords, took, type LastHour as Hour } from "./lastHour";

const HEIGHT = 24;

/** What was asked of the registry in the last hour, and how quickly it answered. */
export function LastHour({ hour }: { hour: Hour }) {
  return (
    <Panel title="Last hour">
      {hour.requests === 0 ? (
        <Empty title="Quiet">Nobody has asked for anything in the last hour; what is asked shows here a few seconds later.</Empty>
      ) : (
        <>
          <Minutes hour={hour} />
          <dl className={classes.facts}>
            <Fact label="Requests" value={count(hour.requests)} />
            <Fact label="Errors" value={failures(hour)} poor={hour.errors > 0} />
            <Fact label="p50" note="half are answered within" value={took(hour.p50_ms)} />
            <Fact label="p95" note="95 of 100 within" value={took(hour.p95_ms)} />
            <Fact label="p99" note="99 of 100 within" value={took(hour.p99_ms)} />
          </dl>
        </>
      )}
    </Panel>
  );
}

function Fact(props: { label: string; note?: string; value: string; poor?: boolean }) {
  return (
    <div>
      <dt>
        {props.label} {props.note && <span className="dim">{props.note}</span>}
      </dt>
      <dd className="number" data-poor={props.poor || undefined}>{props.value}</dd>
    </div>
  );
}

function Minutes({ hour }: { hour: Hour }) {
  return (
    <svg className={classes.minutes} viewBox={`0 0 ${hour.minutes.length} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={inWords(hour)}>
      {bars(hour.minutes).map((bar, place) => (
        <g key={hour.minutes[place]?.minute}>
          <Column place={place} share={bar.all} />
          <Column place={place} share={bar.failed} failed />
        </g>
      ))}
    </svg>
  );
}

/** At least a pixel high where there is anything at all. */
function Column(props: { place: number; share: number; failed?: boolean }) {
  if (props.share === 0) return null;
  const height = Math.max(1, props.share * HEIGHT);
  return <rect x={props.place + 0.1} y={HEIGHT - height} width={0.8} height={height} data-failed={props.failed || undefined} />;
}
