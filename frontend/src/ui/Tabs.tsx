import { useEffect, useId, useRef, type KeyboardEvent, type ReactNode } from "react";
import classes from "./Tabs.module.css";

export interface Tab {
  key: string;
  label: ReactNode;
  /** Rendered only while the tab is the chosen one. */
  content: ReactNode;
}

/** Tabs after the ARIA practices: one stop, arrow keys between them. Where they don't all fit, the chosen one is in sight. The chosen one is the caller's to keep. */
export function Tabs({ label, tabs, chosen, choose }: { label: string; tabs: readonly Tab[]; chosen: string; choose: (key: string) => void }) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const index = Math.max(0, tabs.findIndex((tab) => tab.key === chosen));
  const shown = tabs[index];
  useEffect(() => {
    const tab = list.current?.children[index] as HTMLElement | undefined;
    if (list.current && tab) list.current.scrollLeft = tab.offsetLeft - (list.current.clientWidth - tab.offsetWidth) / 2;
  }, [index]);
  // From where the focus is: the caller may take its time to show the tab that was chosen last.
  const onKeyDown = (event: KeyboardEvent, from: number) => {
    const last = tabs.length - 1;
    const to = { ArrowRight: from === last ? 0 : from + 1, ArrowLeft: from === 0 ? last : from - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(tabs[to]?.key ?? chosen);
    (list.current?.children[to] as HTMLElement | undefined)?.focus();
  };
  return (
    <div>
      <div className={classes.list} role="tablist" aria-label={label} ref={list}>
        {tabs.map((tab, at) => (
          <button key={tab.key} id={`${id}-${tab.key}`} type="button" role="tab" aria-selected={tab === shown} aria-controls={`${id}-panel`}
            tabIndex={tab === shown ? 0 : -1} className={classes.tab} onClick={() => choose(tab.key)} onKeyDown={(event) => onKeyDown(event, at)}>
            {tab.label}
          </button>
        ))}
      </div>
      <div id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${shown?.key}`} className={classes.panel}>
        {shown?.content}
      </div>
    </div>
  );
}
