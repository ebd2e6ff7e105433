import type { ReactNode } from "react";
import classes from "./states.module.css";

/** Where there is nothing yet: what would be here, and how it comes about. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={classes.state}>
      <p className={classes.title}>{title}</p>
      {children && <div className="dim">{children}</div>}
    </div>
  );
}
