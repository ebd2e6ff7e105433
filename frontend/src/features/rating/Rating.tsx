import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId } from "react";
import { ratePackage, type Stars } from "@/api/generated";
import { packageStarsOptions } from "@/api/generated/@tanstack/react-query.gen";
import { plural } from "@/format/numbers";
import { Failure } from "@/ui/Failure";
import { Waiting } from "@/ui/Waiting";
import classes from "./Rating.module.css";

const STARS = [1, 2, 3, 4, 5] as const;

/** The average, and one's own stars: five radio buttons that look like stars. */
export function Rating({ packageId }: { packageId: string }) {
  const group = useId();
  const queries = useQueryClient();
  const options = packageStarsOptions({ path: { package_id: packageId } });
  const stars = useQuery(options);
  const rate = useMutation({
    mutationFn: async (score: number): Promise<Stars> =>
      (await ratePackage({ path: { package_id: packageId }, body: { score }, throwOnError: true })).data,
    onSuccess: (rated) => queries.setQueryData(options.queryKey, rated),
  });
  if (stars.error) return <Failure error={stars.error} retry={stars.refetch} />;
  if (!stars.data) return <Waiting rows={2} />;
  const own = rate.isPending ? rate.variables : stars.data.score;
  return (
    <div className={classes.rating}>
      <p className={classes.average}>
        {stars.data.average !== null && <strong>{stars.data.average.toFixed(1)}</strong>}{" "}
        <span className="dim">{stars.data.count ? `from ${plural(stars.data.count, "rating")}` : "Not rated yet"}</span>
      </p>
      <fieldset className={classes.stars}>
        <legend className="unseen">Your rating</legend>
        {STARS.map((score) => (
          <label key={score} data-lit={(own ?? 0) >= score || undefined} title={plural(score, "star")}>
            <input type="radio" className="unseen" name={group} checked={own === score} onChange={() => rate.mutate(score)} />
            <span className="unseen">{plural(score, "star")}</span>
            <svg viewBox="0 0 20 20" aria-hidden="true"><path d="m10 1.8 2.5 5.3 5.8.8-4.2 4 1 5.8L10 14.9l-5.1 2.8 1-5.8-4.2-4 5.8-.8z" /></svg>
          </label>
        ))}
      </fieldset>
      <p className="dim" role="status" style={{ fontSize: 12 }}>
        {rate.error ? rate.error.message : own ? `You gave it ${plural(own, "star")}.` : "Give it stars, if you used it."}
      </p>
    </div>
  );
}
