import type { Metadata } from "@/api/generated";
import { Copy } from "@/ui/Copy";
import { commands } from "./commands";
import classes from "./Commands.module.css";

/** The same by command line, for whoever is signed in. */
export function Commands({ metadata, username }: { metadata: Metadata; username: string }) {
  return (
    <div className={classes.commands}>
      {commands(window.location.origin, username, metadata).map(({ title, text }) => (
        <div key={title}>
          <div className={classes.head}>
            <span>{title}</span>
            <Copy text={text} what={title} />
          </div>
          <pre className={classes.text} tabIndex={0}>{text}</pre>
        </div>
      ))}
    </div>
  );
}
