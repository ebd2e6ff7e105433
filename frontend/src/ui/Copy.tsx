import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { copyText } from "./copying";

const SAID_MS = 2_000;
const SAYS = { copied: "Copied", refused: "Select it by hand" } as const;

/** Copies a text, and says so; `what` names it for those who don't see where the button stands. */
export function Copy({ text, what }: { text: string | (() => string); what: string }) {
  const [outcome, setOutcome] = useState<keyof typeof SAYS | null>(null);
  useEffect(() => {
    if (!outcome) return;
    const timer = setTimeout(() => setOutcome(null), SAID_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async () => setOutcome((await copyText(typeof text === "string" ? text : text())) ? "copied" : "refused");
  return (
    <>
      <Button variant="subtle" size="compact-xs" aria-label={`Copy: ${what}`} onClick={copy}>
        {outcome ? SAYS[outcome] : "Copy"}
      </Button>
      <span className="unseen" role="status">{outcome && SAYS[outcome]}</span>
    </>
  );
}
