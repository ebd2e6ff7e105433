import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { ingestPackage, type IngestRequest } from "@/api/generated";
import type { Problem } from "@/api/problem";
import { JobOutcome } from "@/ui/JobOutcome";
import classes from "./IngestForm.module.css";
import { WaiveFields, waived, type Reasons } from "./WaiveFields";

const SAYS = { begun: "Ingest begun. It is fetched and measured, and kept if its scores pass …", done: "Ingest successful." };

/** A package by its address elsewhere: fetched, measured, and kept if its scores pass. */
export function IngestForm({ mayWaive }: { mayWaive: boolean }) {
  const [url, setUrl] = useState("");
  const [version, setVersion] = useState("");
  const [reasons, setReasons] = useState<Reasons>({});
  const [started, setStarted] = useState<readonly { jobId: string; url: string }[]>([]);
  const ingest = useMutation({
    mutationFn: async (body: IngestRequest) => (await ingestPackage({ body, throwOnError: true })).data,
    onSuccess: ({ job_id: jobId }, sent) => {
      setStarted((before) => [{ jobId, url: sent.url }, ...before]);
      setUrl("");
      setVersion("");
      setReasons({});
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const waive = mayWaive ? waived(reasons) : undefined;
    if (url.trim()) ingest.mutate({ url: url.trim(), ...(version.trim() && { version: version.trim() }), ...(waive && { waive }) });
  };
  const problem = ingest.error as Problem | null;
  return (
    <div className={classes.ingest}>
      <form onSubmit={submit} className={classes.form}>
        <TextInput label="Address" placeholder="https://huggingface.co/org/model" spellCheck={false} required withAsterisk={false}
          description="A Hugging Face model, an npm package page, or pkg:npm/name@range" value={url}
          onChange={(event) => setUrl(event.currentTarget.value)} error={problem && (problem.field("url") ?? (Object.keys(problem.fields).length ? undefined : problem.message))} />
        <TextInput label="Version" placeholder="newest" description="Optional" value={version} spellCheck={false}
          onChange={(event) => setVersion(event.currentTarget.value)} error={problem?.field("version")} />
        <Button type="submit" size="sm" loading={ingest.isPending}>Ingest</Button>
        {mayWaive && <div className={classes.waive}><WaiveFields reasons={reasons} change={setReasons} error={problem?.field("waive")} /></div>}
      </form>
      {started.map((each) => (
        <section key={each.jobId} className={classes.job} aria-label={`Ingest of ${each.url}`}>
          <p className={classes.url}>{each.url}</p>
          <JobOutcome jobId={each.jobId} says={SAYS} />
        </section>
      ))}
    </div>
  );
}
