import { useQuery } from "@tanstack/react-query";
import { health, type Health } from "@/api/generated";
import { healthQueryKey } from "@/api/generated/@tanstack/react-query.gen";
import { duration } from "@/format/dates";
import { Failure } from "@/ui/Failure";
import { Panel } from "@/ui/Panel";
import { Tag } from "@/ui/Tag";
import { Waiting } from "@/ui/Waiting";
import classes from "./ComponentHealth.module.css";

const NAMES: Readonly<Record<string, string>> = { database: "Database", storage: "Storage", queue: "Queue and worker" };

/** Whether every part works. A degraded registry answers 503 with the same shape, which is an answer like any other. */
async function currentHealth(signal: AbortSignal): Promise<Health> {
  const { data, error } = await health({ signal });
  if (data) return data;
  if (error && "components" in error) return error;
  throw error;
}

export function ComponentHealth() {
  const state = useQuery({
    queryKey: healthQueryKey(),
    queryFn: ({ signal }) => currentHealth(signal),
    refetchInterval: 15_000,
  });
  const oldest = state.data?.metrics.oldest_queued_seconds;
  return (
    <Panel title="Health" aside={state.data && <Tag tone={state.data.status === "healthy" ? "good" : "poor"}>{state.data.status}</Tag>}>
      {state.isPending && !state.error && <Waiting rows={3} />}
      {state.error && <Failure error={state.error} retry={state.refetch} />}
      {state.data && (
        <dl className={classes.parts}>
          {Object.entries(state.data.components).map(([part, says]) => (
            <div key={part}>
              <dt>
                <span className={classes.dot} data-healthy={says === "healthy" || undefined} aria-hidden="true" />
                {NAMES[part] ?? part}
              </dt>
              <dd>{says === "healthy" ? "healthy" : says.replace("unhealthy: ", "")}</dd>
            </div>
          ))}
          {typeof oldest === "number" && (
            <div>
              <dt>Longest wait in the queue</dt>
              <dd className="number">{duration(oldest)}</dd>
            </div>
          )}
        </dl>
      )}
      <p className={classes.more}><a href="/health">As monitoring sees it</a></p>
    </Panel>
  );
}
