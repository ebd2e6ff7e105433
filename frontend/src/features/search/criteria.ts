import type { FlagEnum, SearchRequest, SortEnum } from "@/api/generated";

export const PAGE_SIZE = 25;
export const FLAGS = ["looks_like_another", "unusual_downloads", "suspicious", "malicious"] as const satisfies readonly FlagEnum[];
export const SORTS = ["newest", "name", "downloads", "score"] as const satisfies readonly SortEnum[];

/** What is looked for, as the address bar holds it. An empty text is no condition. */
export interface Criteria {
  text: string;
  isRegex: boolean;
  version: string;
  kind: "" | "model" | "npm";
  license: string;
  minScore: number;
  /** One that a package has; "not_sensitive" is for those whom no policy guards. */
  flag: "" | "sensitive" | "not_sensitive" | FlagEnum;
  isNewestOnly: boolean;
  sort: (typeof SORTS)[number];
  page: number;
}

export const ANYTHING: Criteria = {
  text: "", isRegex: false, version: "", kind: "", license: "", minScore: 0, flag: "", isNewestOnly: false, sort: "newest", page: 1,
};

function oneOf<T extends string>(value: string | null, known: readonly T[], otherwise: T): T {
  return known.find((each) => each === value) ?? otherwise;
}

/** The criteria of an address; what it says amiss counts as not said. */
export function readCriteria(query: URLSearchParams): Criteria {
  const minScore = Number(query.get("score") ?? 0);
  const page = Number(query.get("page") ?? 1);
  return {
    text: query.get("q") ?? "",
    isRegex: query.get("regex") === "1",
    version: query.get("version") ?? "",
    kind: oneOf(query.get("kind"), ["model", "npm"], ""),
    license: query.get("license") ?? "",
    minScore: minScore > 0 && minScore <= 1 ? minScore : 0,
    flag: oneOf(query.get("flag"), ["sensitive", "not_sensitive", ...FLAGS], ""),
    isNewestOnly: query.get("newest") === "1",
    sort: oneOf(query.get("sort"), SORTS, ANYTHING.sort),
    page: Number.isInteger(page) && page > 0 ? page : 1,
  };
}

/** The address of criteria: only what differs from looking for anything. */
export function writeCriteria(criteria: Criteria): URLSearchParams {
  const query = new URLSearchParams();
  if (criteria.text) query.set("q", criteria.text);
  if (criteria.isRegex) query.set("regex", "1");
  if (criteria.version) query.set("version", criteria.version);
  if (criteria.kind) query.set("kind", criteria.kind);
  if (criteria.license) query.set("license", criteria.license);
  if (criteria.minScore) query.set("score", String(criteria.minScore));
  if (criteria.flag) query.set("flag", criteria.flag);
  if (criteria.isNewestOnly) query.set("newest", "1");
  if (criteria.sort !== ANYTHING.sort) query.set("sort", criteria.sort);
  if (criteria.page > 1) query.set("page", String(criteria.page));
  return query;
}

/** How many filters are set besides the text and the sort. */
export function filtersSet(criteria: Criteria): number {
  return [criteria.version, criteria.kind, criteria.license, criteria.minScore, criteria.flag, criteria.isNewestOnly].filter(Boolean).length;
}

export type Where = "everywhere" | "names";

/** What the registry is asked. A text is looked for as words in names, descriptions and cards, or as a part of names. */
export function searchRequest(criteria: Criteria, where: Where = "everywhere"): SearchRequest {
  const text = criteria.text.trim();
  return {
    ...(criteria.isRegex ? criteria.text && { regex: criteria.text } : text && { [where === "names" ? "name" : "query"]: text }),
    ...(criteria.version.trim() && { version: criteria.version.trim() }),
    ...(criteria.kind && { kind: criteria.kind }),
    ...(criteria.license.trim() && { license: criteria.license.trim() }),
    ...(criteria.minScore && { min_net_score: criteria.minScore }),
    ...flagged(criteria.flag),
    ...(criteria.isNewestOnly && { newest_only: true }),
    sort: criteria.sort,
  };
}

function flagged(flag: Criteria["flag"]): Pick<SearchRequest, "flag" | "is_sensitive"> {
  if (flag === "") return {};
  return flag === "sensitive" || flag === "not_sensitive" ? { is_sensitive: flag === "sensitive" } : { flag };
}

/** What looks like a name, or a part of one: a single word with a separator or a digit in it. */
export function looksLikeName(text: string): boolean {
  return /^\S*[/@_.\-\d]\S*$/.test(text.trim());
}
