import { Alert, Button, Group, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { setPolicy, tryPolicy, type Policy, type SetPolicyRequest, type Tried } from "@/api/generated";
import { policyQueryKey } from "@/api/generated/@tanstack/react-query.gen";
import type { Problem } from "@/api/problem";
import { Tag } from "@/ui/Tag";
import { When } from "@/ui/When";
import classes from "./PolicyEditor.module.css";

/** The policy that decides over every download, as text to change and to try. It runs in the registry's sandbox, never here. */
export function PolicyEditor({ packageId, policy }: { packageId: string; policy: Policy }) {
  const queries = useQueryClient();
  const path = { package_id: packageId };
  const [draft, setDraft] = useState<Required<SetPolicyRequest>>({ source: policy.source, timezone: policy.timezone ?? "UTC" });
  const tried = useMutation({
    mutationFn: async () => (await tryPolicy({ path, body: draft, throwOnError: true })).data,
  });
  const save = useMutation({
    mutationFn: async () => (await setPolicy({ path, body: draft, throwOnError: true })).data,
    onSuccess: (saved) => queries.setQueryData(policyQueryKey({ path }), saved),
  });
  const problem = (save.error ?? tried.error) as Problem | null;
  const isChanged = draft.source !== policy.source || draft.timezone !== (policy.timezone ?? "UTC");
  return (
    <div className={classes.policy}>
      {policy.suspended && (
        <Alert color="orange" variant="light" role="status" title="Suspended">
          {policy.suspended.reason} (<When iso={policy.suspended.since} />)
        </Alert>
      )}
      <p className="dim">
        Asked before every download. Changed <When iso={policy.updated_at} />
        {policy.updated_by && ` by ${policy.updated_by}`}.
      </p>
      <Textarea label="Policy" autosize minRows={8} maxRows={30} spellCheck={false} classNames={{ input: classes.source }} value={draft.source}
        onChange={(event) => setDraft({ ...draft, source: event.currentTarget.value })} error={problem?.field("source")} />
      <Group align="flex-end" gap="sm">
        <TextInput label="Time zone" value={draft.timezone} spellCheck={false} w={200}
          onChange={(event) => setDraft({ ...draft, timezone: event.currentTarget.value })} error={problem?.field("timezone")} />
        <Button variant="default" size="sm" loading={tried.isPending} onClick={() => tried.mutate()}>Try it</Button>
        <Button size="sm" disabled={!isChanged} loading={save.isPending} onClick={() => save.mutate()}>Save</Button>
      </Group>
      <div role="status">
        {problem && <Alert color="red" variant="light">{problem.message}</Alert>}
        {!problem && tried.data && <Verdict tried={tried.data} />}
        {!problem && save.isSuccess && !isChanged && <p className="dim">Saved.</p>}
      </div>
    </div>
  );
}

/** What the policy would answer now, to oneself. */
function Verdict({ tried }: { tried: Tried }) {
  return (
    <p>
      <Tag tone={tried.approved ? "good" : "poor"}>{tried.code.replaceAll("_", " ")}</Tag> {tried.reason}{" "}
      <span className="dim number">in {Math.round(tried.duration_ms)} ms, asked as yourself; nothing was recorded.</span>
    </p>
  );
}
