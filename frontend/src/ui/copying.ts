/** Puts a text into the clipboard; whether that worked. Browsers have a clipboard to offer only with TLS or on this
 * machine; elsewhere a selection is copied, as before there was one. */
export async function copyText(text: string): Promise<boolean> {
  const clipboard = globalThis.navigator.clipboard as Clipboard | undefined;
  if (!clipboard) return copySelection(text);
  return clipboard.writeText(text).then(() => true, () => copySelection(text));
}

function copySelection(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return isCopied;
}
