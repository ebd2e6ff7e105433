import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { readCriteria, writeCriteria, type Criteria } from "./criteria";

const PAUSE_MS = 200;

/** The criteria on the form, and those `asked` for: the same after a short pause in typing.
 *
 * What is asked goes into the address; another address (Back, a link) comes onto the form. */
export function useCriteria() {
  const [query, setQuery] = useSearchParams();
  const [criteria, setCriteria] = useState(() => readCriteria(query));
  const [asked] = useDebouncedValue(criteria, PAUSE_MS);
  const address = query.toString();
  const known = useRef(address); // the address that the form has seen or written

  useEffect(() => {
    const wanted = writeCriteria(asked).toString();
    if (wanted === known.current) return;
    known.current = wanted;
    setQuery(wanted, { replace: true, preventScrollReset: true });
  }, [asked, setQuery]);

  useEffect(() => {
    if (address === known.current) return;
    known.current = address;
    setCriteria(readCriteria(new URLSearchParams(address)));
  }, [address]);

  const change = (to: Partial<Criteria>) => setCriteria((before) => ({ ...before, page: 1, ...to }));
  return { criteria, asked, change, isAhead: criteria !== asked };
}
