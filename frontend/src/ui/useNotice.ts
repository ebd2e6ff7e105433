import { useEffect, useState } from "react";
import { useLocation, useNavigate } from "react-router";

/** What the page that one comes from has to say, and a way to dismiss it. It is said once: not again on loading the page
 * anew or coming back to it. */
export function useNotice(): [string | null, () => void] {
  const { state, pathname, search } = useLocation();
  const navigate = useNavigate();
  const told = (state as { notice?: string } | null)?.notice ?? null;
  const [notice, setNotice] = useState(told);
  useEffect(() => {
    if (told !== null) void navigate(pathname + search, { replace: true, state: null, preventScrollReset: true });
  }, [told, pathname, search, navigate]);
  return [notice, () => setNotice(null)];
}
