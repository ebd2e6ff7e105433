import type { ReactNode } from "react";
import type { Grade } from "@/format/scores";
import classes from "./Tag.module.css";

/** One word about something. */
export function Tag({ tone = "unknown", children, title }: { tone?: Grade | "accent"; children: ReactNode; title?: string }) {
  return (
    <span className={classes.tag} data-tone={tone} title={title}>
      {children}
    </span>
  );
}
