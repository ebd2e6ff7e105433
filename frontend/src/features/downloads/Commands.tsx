import { Button, CopyButton } from "@mantine/core";
import { archiveName, commands } from "./commands";
import classes from "./Commands.module.css";

/** The same by command line. */
export function Commands({ packageId, name, version }: { packageId: string; name: string; version: string }) {
  return (
    <div className={classes.commands}>
      {commands(window.location.origin, packageId, archiveName(name, version)).map(({ title, text }) => (
        <div key={title}>
          <div className={classes.head}>
            <span>{title}</span>
            <CopyButton value={text}>
              {({ copied, copy }) => (
                <Button variant="subtle" size="compact-xs" onClick={copy} aria-label={`Copy: ${title}`}>
                  {copied ? "Copied" : "Copy"}
                </Button>
              )}
            </CopyButton>
          </div>
          <pre className={classes.text} tabIndex={0}>{text}</pre>
        </div>
      ))}
    </div>
  );
}
