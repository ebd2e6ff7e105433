import { Button, Select, Switch, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Problem } from "@/api/problem";
import { ANYTHING, filtersSet, looksLikeName, type Criteria } from "./criteria";
import classes from "./SearchForm.module.css";

const SORTS = [
  { value: "newest", label: "Newest first" },
  { value: "name", label: "By name" },
  { value: "downloads", label: "Most downloaded" },
  { value: "score", label: "Best net score" },
];
const SCORES = [{ value: "0", label: "Any score" }, ...[0.25, 0.5, 0.75, 0.9].map((at) => ({ value: `${at}`, label: `${at} or better` }))];
const ANY = "any";
const FLAGS_BY_NAME = [
  { value: ANY, label: "Any or none" },
  { value: "sensitive", label: "Sensitive" },
  { value: "not_sensitive", label: "Not sensitive" },
  { value: "looks_like_another", label: "Looks like another" },
  { value: "suspicious", label: "Suspicious files" },
  { value: "malicious", label: "Malicious files" },
  { value: "unusual_downloads", label: "Unusual downloads" },
] as const satisfies readonly { value: typeof ANY | Criteria["flag"]; label: string }[];

/** Every criterion of the search; `change` gets those that a person changed. */
export function SearchForm(props: { criteria: Criteria; change: (to: Partial<Criteria>) => void; problem: Problem | null }) {
  const { criteria, change, problem } = props;
  const set = filtersSet(criteria);
  const [isOpen, setOpen] = useState(set > 0);
  const isRanked = criteria.text.trim() !== "" && !criteria.isRegex && !looksLikeName(criteria.text);
  return (
    <form role="search" onSubmit={(event) => event.preventDefault()} className={classes.form}>
      <div className={classes.first}>
        <TextInput className={classes.text} type="search" aria-label="Search packages" autoFocus spellCheck={false}
          placeholder={criteria.isRegex ? "A regular expression over names and model cards" : "Words of a name, description or model card"}
          value={criteria.text} onChange={(event) => change({ text: event.currentTarget.value })}
          error={problem?.field("regex") ?? problem?.field("query")} classNames={{ input: criteria.isRegex ? "mono" : "" }} />
        <Switch label="Regex" checked={criteria.isRegex} onChange={(event) => change({ isRegex: event.currentTarget.checked })} />
        <Button variant="default" size="sm" className={classes.toggle} aria-expanded={isOpen} aria-controls="search-filters" onClick={() => setOpen(!isOpen)}>
          {set ? `Filters (${set})` : "Filters"}
        </Button>
      </div>
      <div id="search-filters" className={classes.filters} data-open={isOpen || undefined}>
        <TextInput label="Version" placeholder="1.2.3 or ^1.2.0" spellCheck={false} value={criteria.version}
          onChange={(event) => change({ version: event.currentTarget.value })} error={problem?.field("version")} />
        <TextInput label="Licence" placeholder="MIT" value={criteria.license} spellCheck={false}
          onChange={(event) => change({ license: event.currentTarget.value })} error={problem?.field("license")} />
        <Select label="Kind" allowDeselect={false} value={criteria.kind || ANY}
          data={[{ value: ANY, label: "Any kind" }, { value: "model", label: "Models" }, { value: "npm", label: "npm packages" }]}
          onChange={(value) => change({ kind: value === "model" || value === "npm" ? value : "" })} />
        <Select label="Net score" allowDeselect={false} data={SCORES} value={String(criteria.minScore)}
          onChange={(value) => change({ minScore: Number(value) })} />
        <Select label="Flag" allowDeselect={false} value={criteria.flag || ANY} data={FLAGS_BY_NAME}
          onChange={(value) => change({ flag: value === null || value === ANY ? "" : (value as Criteria["flag"]) })} />
        <Select label="Show" allowDeselect={false} value={criteria.isNewestOnly ? "newest" : "all"}
          data={[{ value: "all", label: "All versions" }, { value: "newest", label: "Newest alone" }]}
          onChange={(value) => change({ isNewestOnly: value === "newest" })} />
        <Select label="Order" allowDeselect={false} data={isRanked ? [{ value: criteria.sort, label: "Best match first" }] : SORTS} value={criteria.sort}
          disabled={isRanked} onChange={(value) => change({ sort: value as Criteria["sort"] })} />
        {set > 0 && (
          <Button variant="subtle" className={classes.clear} onClick={() => change({ ...ANYTHING, text: criteria.text, isRegex: criteria.isRegex, sort: criteria.sort })}>
            Clear the filters
          </Button>
        )}
      </div>
    </form>
  );
}
