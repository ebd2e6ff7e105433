import { useEffect, useRef, type ReactNode } from "react";
import { useLocation } from "react-router";

let last: string | undefined;

/** The page's one heading. It names the tab, and takes the focus when a person arrives from another page of ours,
 * unless something else there does. */
export function PageTitle({ tab, children, takesFocus = true }: { tab: string; children: ReactNode; takesFocus?: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    if (last !== undefined && last !== pathname) {
      if (takesFocus) heading.current?.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
    last = pathname;
  }, [pathname, takesFocus]);
  return (
    <>
      <title>{`${tab} · Model Registry`}</title>
      <h1 ref={heading} tabIndex={-1}>
        {children}
      </h1>
    </>
  );
}
