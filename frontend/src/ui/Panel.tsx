import { useId, type ReactNode } from "react";
import classes from "./Panel.module.css";

/** A titled box. `aside` stands at the right end of the title's line. */
export function Panel(props: { title: string; aside?: ReactNode; children: ReactNode; flush?: boolean; className?: string }) {
  const id = useId();
  return (
    <section className={`${classes.panel} ${props.className ?? ""}`} aria-labelledby={id}>
      <header className={classes.head}>
        <h2 id={id}>{props.title}</h2>
        {props.aside && <div className={classes.aside}>{props.aside}</div>}
      </header>
      <div className={props.flush ? undefined : classes.body}>{props.children}</div>
    </section>
  );
}
