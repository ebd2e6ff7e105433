import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { copyText } from "./copying";

const SAID_MS = 2_000;
const SAYS = { copied: "Copied", refused: "Select it by hand" } as const;

/** Copies a text, and says so; `what` names it for those who don't see where the button stands. */
export function Copy({ text, what }: { text: string; what: string }) {
  const [outcome, setOutcome] = useState<keyof typeof SAYS | null>(null);
  useEffect(() => {
    if (!outcome) return;
    const timer = setTimeout(() => setOutcome(null), SAID_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  return (
    <>
      <Button variant="subtle" size="compact-xs" aria-label={`Copy: ${what}`} onClick={async () => setOutcome((await copyText(text)) ? "copied" : "refused")}>
        {outcome ? SAYS[outcome] : "Copy"}
      </Button>
      <span className="unseen" role="status">{outcome && SAYS[outcome]}</span>
    </>
  );
}
