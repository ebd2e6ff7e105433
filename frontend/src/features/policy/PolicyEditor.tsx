import { Alert, Button, Group, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { removePolicy, setPolicy, tryPolicy, type Policy, type SetPolicyRequest } from "@/api/generated";
import { packageMetadataQueryKey, policyQueryKey } from "@/api/generated/@tanstack/react-query.gen";
import type { Problem } from "@/api/problem";
import { When } from "@/ui/When";
import classes from "./PolicyEditor.module.css";
import { Verdict } from "./Verdict";

const FIRST_DRAFT = `function validateDownload(MODEL_NAME, UPLOADER, DOWNLOADER, ZIP_PATH) {
  return { approved: DOWNLOADER === UPLOADER, reason: "Only " + UPLOADER + " may download " + MODEL_NAME + "." };
}
`;

/** What was said of these is over once another is asked for. */
const forget = (...asked: { reset: () => void }[]) => asked.forEach((each) => each.reset());

/** The policy that decides over every download, as text to change and to try. It runs in the registry's sandbox, never here. */
export function PolicyEditor({ packageId, policy, isSensitive }: { packageId: string; policy: Policy | null; isSensitive: boolean }) {
  const queries = useQueryClient();
  const path = { package_id: packageId };
  const [draft, setDraft] = useState<Required<SetPolicyRequest>>({ source: policy?.source ?? FIRST_DRAFT, timezone: policy?.timezone ?? "UTC" });
  const tried = useMutation({
    mutationFn: async () => (await tryPolicy({ path, body: { ...draft, history: true }, throwOnError: true })).data,
  });
  const keep = async (now: Policy | null) => {
    queries.setQueryData(policyQueryKey({ path }), now);
    await queries.invalidateQueries({ queryKey: packageMetadataQueryKey({ path }) });
  };
  const save = useMutation({
    mutationFn: async () => (await setPolicy({ path, body: draft, throwOnError: true })).data,
    onSuccess: keep,
  });
  const remove = useMutation({
    mutationFn: async () => void (await removePolicy({ path, throwOnError: true })),
    onSuccess: () => keep(null),
  });
  const problem = (save.error ?? tried.error ?? remove.error) as Problem | null;
  const isChanged = draft.source !== policy?.source || draft.timezone !== (policy.timezone ?? "UTC");
  return (
    <div className={classes.policy}>
      {policy?.suspended && (
        <Alert color="orange" variant="light" role="status" title="Suspended">
          {policy.suspended.reason} (<When iso={policy.suspended.since} />)
        </Alert>
      )}
      <p className="dim">
        {policy && <>Asked before every download. Changed <When iso={policy.updated_at} />{policy.updated_by && ` by ${policy.updated_by}`}.</>}
        {!policy && (isSensitive ? WITHOUT_POLICY : NOT_SENSITIVE)}
      </p>
      <Textarea label="Policy" autosize minRows={8} maxRows={30} spellCheck={false} classNames={{ input: classes.source }} value={draft.source}
        onChange={(event) => setDraft({ ...draft, source: event.currentTarget.value })} error={problem?.field("source")} />
      <Group align="flex-end" gap="sm">
        <TextInput label="Time zone" value={draft.timezone} spellCheck={false} w={200}
          onChange={(event) => setDraft({ ...draft, timezone: event.currentTarget.value })} error={problem?.field("timezone")} />
        <Button variant="default" size="sm" loading={tried.isPending} onClick={() => { forget(save, remove); tried.mutate(); }}>Try it</Button>
        <Button size="sm" disabled={!isChanged} loading={save.isPending} onClick={() => { forget(tried, remove); save.mutate(); }}>Save</Button>
        {policy && <Button variant="subtle" color="red" c="var(--poor)" size="sm" loading={remove.isPending} onClick={() => { forget(tried, save); remove.mutate(); }}>Remove</Button>}
      </Group>
      <div role="status">
        {problem && <Alert color="red" variant="light">{problem.message}</Alert>}
        {!problem && tried.data && <Verdict tried={tried.data} />}
        {!problem && save.isSuccess && !isChanged && <p className="dim">Saved.</p>}
        {!problem && remove.isSuccess && !policy && <p className="dim">Removed; its text stays here until you leave.</p>}
      </div>
    </div>
  );
}

const WITHOUT_POLICY = "It is sensitive and has no policy: only its uploader and administrators may download it.";
const NOT_SENSITIVE = "It has no policy: everybody who may download gets it. With one it becomes sensitive, and the policy decides over every download.";
