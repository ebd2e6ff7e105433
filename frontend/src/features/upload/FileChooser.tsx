import { useState, type DragEvent } from "react";
import classes from "./FileChooser.module.css";

/** Zip archives, dropped or chosen, several at once. */
export function FileChooser({ choose }: { choose: (files: FileList) => void }) {
  const [isOver, setOver] = useState(false);
  const onDrag = (over: boolean) => (event: DragEvent) => {
    event.preventDefault();
    setOver(over);
  };
  const onDrop = (event: DragEvent) => {
    onDrag(false)(event);
    if (event.dataTransfer.files.length) choose(event.dataTransfer.files);
  };
  return (
    <label className={classes.zone} data-over={isOver || undefined} onDragOver={onDrag(true)} onDragLeave={onDrag(false)} onDrop={onDrop}>
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
