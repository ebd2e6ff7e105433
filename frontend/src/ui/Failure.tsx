import { Button } from "@mantine/core";
import { useEffect, useRef } from "react";
import { problemOf } from "@/api/problem";
import classes from "./states.module.css";

const TITLES: Readonly<Record<number, string>> = {
  0: "The registry is out of reach",
  401: "Your session is over",
  403: "You may not see this",
  404: "There is no such thing",
  429: "Too much at once",
};

const AGAIN_MS = 5_000;

/** Instead of what was asked for: what went wrong, and a way on. While the registry is out of reach, `retry` is called
 * every few seconds. */
export function Failure({ error, retry }: { error: unknown; retry?: () => unknown }) {
  const problem = error instanceof Error ? problemOf(error) : problemOf(undefined, 500);
  const latest = useRef(retry);
  useEffect(() => {
    latest.current = retry;
  });
  const isAway = problem.status === 0;
  useEffect(() => {
    if (!isAway) return;
    const timer = setInterval(() => void latest.current?.(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [isAway]);
  return (
    <div className={classes.state} role="alert">
      <h2>{TITLES[problem.status] ?? "That didn't work"}</h2>
      <p className="dim">{problem.message}</p>
      {retry && problem.status !== 403 && problem.status !== 404 && (
        <Button variant="default" mt="sm" onClick={() => void retry()}>
          Try again
        </Button>
      )}
    </div>
  );
}
