/** What a person says about a package; what is left empty is read from the archive. */
export interface Labels {
  name: string;
  version: string;
  description: string;
  isSensitive: boolean;
  policy: File | null;
}

export const NO_LABELS: Labels = { name: "", version: "", description: "", isSensitive: false, policy: null };

/** The labels that were given, under the API's names; a policy only with a sensitive package. */
export function given({ name, version, description, isSensitive, policy }: Labels) {
  return {
    ...(name.trim() && { name: name.trim() }),
    ...(version.trim() && { version: version.trim() }),
    ...(description.trim() && { description: description.trim() }),
    ...(isSensitive && { is_sensitive: true }),
    ...(isSensitive && policy && { js_policy: policy }),
  };
}
