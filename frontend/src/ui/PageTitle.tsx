import { useEffect, useRef, type ReactNode } from "react";
import { useLocation } from "react-router";

let last: string | undefined;

/** The page's one heading. It names the tab, and takes the focus when a person arrives from another page of ours. */
export function PageTitle({ tab, children }: { tab: string; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    if (last !== undefined && last !== pathname) {
      heading.current?.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
    last = pathname;
  }, [pathname]);
  return (
    <>
      <title>{`${tab} · Model Registry`}</title>
      <h1 ref={heading} tabIndex={-1}>
        {children}
      </h1>
    </>
  );
}
