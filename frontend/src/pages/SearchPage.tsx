import { Alert } from "@mantine/core";
import { Problem } from "@/api/problem";
import { ANYTHING, filtersSet } from "@/features/search/criteria";
import { Pages } from "@/features/search/Pages";
import { RegexFault } from "@/features/search/RegexFault";
import { Results } from "@/features/search/Results";
import { SearchForm } from "@/features/search/SearchForm";
import { useCriteria } from "@/features/search/useCriteria";
import { useSearch } from "@/features/search/useSearch";
import { plural } from "@/format/numbers";
import { Empty } from "@/ui/Empty";
import { Failure } from "@/ui/Failure";
import { PageTitle } from "@/ui/PageTitle";
import { useNotice } from "@/ui/useNotice";
import { Waiting } from "@/ui/Waiting";
import classes from "./SearchPage.module.css";

export function SearchPage() {
  const { criteria, asked, change, isAhead } = useCriteria();
  const found = useSearch(asked);
  const problem = found.error instanceof Problem ? found.error : null;
  const isFieldProblem = problem !== null && Object.keys(problem.fields).length > 0;
  const [notice, dismiss] = useNotice();
  const isStale = found.isPlaceholderData || isAhead;
  return (
    <div className={classes.page}>
      <PageTitle takesFocus={false} tab={asked.text ? `${asked.text} · Search` : "Search"}>Search</PageTitle>
      {notice && <Alert color="teal" variant="light" role="status" withCloseButton closeButtonLabel="Dismiss" onClose={dismiss}>{notice}</Alert>}
      <SearchForm criteria={criteria} change={change} problem={problem} />
      <p className="unseen" role="status">
        {found.data && !isStale ? `${plural(found.data.total, "package")} found` : ""}
      </p>
      {found.isPending && !found.error && <Waiting rows={8} height={30} />}
      {found.error && !isFieldProblem && <Failure error={found.error} retry={found.refetch} />}
      {isFieldProblem && (
        <Empty title="That can't be searched for">
          Correct what is marked above.
          {criteria.isRegex && problem.field("regex") && <RegexFault pattern={asked.text} />}
        </Empty>
      )}
      {found.data && !found.error && found.data.packages.length === 0 && (
        <Empty title="Nothing found">
          {asked.text || filtersSet(asked) ? (
            <>No package meets all of this. Try fewer words or filters, or{" "}
              <button type="button" className={classes.link} onClick={() => change(ANYTHING)}>show all packages</button>.</>
          ) : (
            "The registry holds no packages yet."
          )}
        </Empty>
      )}
      {found.data && !found.error && found.data.packages.length > 0 && (
        <>
          {found.data.instead && (
            <p className="dim">
              {found.data.instead === "names" ? "No word matches; these have it in their names." : "No name has it; these mention it."}
            </p>
          )}
          <div className={classes.results}>
            <Results packages={found.data.packages} isStale={isStale} />
          </div>
          <Pages found={found.data} page={asked.page} go={(page) => { change({ page }); window.scrollTo(0, 0); }} />
        </>
      )}
    </div>
  );
}
