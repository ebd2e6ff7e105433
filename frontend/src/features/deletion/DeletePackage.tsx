import { Alert, Button, Group } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useRef } from "react";
import { useNavigate } from "react-router";
import { deletePackage, type Metadata } from "@/api/generated";
import { plural } from "@/format/numbers";
import classes from "./DeletePackage.module.css";

/** For administrators: deletes the package once that was confirmed, and leads to the search, which says so. */
export function DeletePackage({ metadata }: { metadata: Metadata }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const what = `${metadata.name} ${metadata.version}`;
  const remove = useMutation({
    mutationFn: () => deletePackage({ path: { package_id: metadata.id }, throwOnError: true }),
    onSuccess: async () => {
      queries.removeQueries({ queryKey: ["search"] });
      queries.removeQueries({ queryKey: ["versions", metadata.name] });
      await queries.invalidateQueries({ refetchType: "none" }); // this page's own would find nothing any more
      await navigate("/search", { state: { notice: `${what} was deleted.` } });
    },
  });
  return (
    <>
      <Button variant="subtle" color="red" c="var(--poor)" fullWidth onClick={() => dialog.current?.showModal()}>Delete this package …</Button>
      <dialog ref={dialog} className={classes.dialog} aria-labelledby={title} onClose={() => remove.reset()}>
        <h2 id={title}>Delete {what}?</h2>
        <p>
          Its {plural(metadata.files.length, "file")}, scores, ratings and history go with it, for good. Packages that derive from it stay.
          The version comes back only with the same bytes.
        </p>
        {remove.error && <Alert color="red" variant="light" role="alert">{remove.error.message}</Alert>}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" size="sm" autoFocus onClick={() => dialog.current?.close()}>Keep it</Button>
          <Button color="red.9" size="sm" loading={remove.isPending} onClick={() => remove.mutate()}>Delete</Button>
        </Group>
      </dialog>
    </>
  );
}
