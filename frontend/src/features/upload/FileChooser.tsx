import { useEffect, useRef, useState } from "react";
import classes from "./FileChooser.module.css";

/** Zip archives, several at once: chosen, or dropped anywhere on the page, since a browser leaves the page for a file that
 * is dropped where nobody waits for it. */
export function FileChooser({ choose }: { choose: (files: FileList) => void }) {
  const isOver = useDropped(choose);
  return (
    <label className={classes.zone} data-over={isOver || undefined}>
      <input id="file-input" type="file" multiple accept=".zip,application/zip" className="unseen"
        onChange={(event) => {
          if (event.currentTarget.files?.length) choose(event.currentTarget.files);
          event.currentTarget.value = "";
        }} />
      <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 16V5m0 0L7.5 9.5M12 5l4.5 4.5M4 15v3a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-3" /></svg>
      <span><strong>Drop packages here</strong>, or <span className={classes.link}>choose files</span></span>
      <span className="dim">Zip archives with a package.json, a config.json or a model card</span>
    </label>
  );
}

/** Hands over files that are dropped on the window; whether some are held over it. */
function useDropped(choose: (files: FileList) => void): boolean {
  const [isOver, setOver] = useState(false);
  const latest = useRef(choose);
  useEffect(() => {
    latest.current = choose;
  });
  useEffect(() => {
    const stop = new AbortController();
    const on = (type: "dragover" | "dragleave" | "drop", listener: (event: DragEvent) => void) => window.addEventListener(type, listener, stop);
    on("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setOver(true);
    });
    on("dragleave", (event) => {
      if (event.relatedTarget === null) setOver(false);
    });
    on("drop", (event) => {
      setOver(false);
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      if (event.dataTransfer.files.length) latest.current(event.dataTransfer.files);
    });
    return () => stop.abort();
  }, []);
  return isOver;
}
