const WORD = /[\p{L}\p{M}]+(?:['’][\p{L}]+)*|\p{N}+(?:[.,]\p{N}+)*|[^\s\p{L}\p{N}]/gu;
const END = /(?<=[.!?])\s+(?=\p{Lu})/u;

/** The words, numbers and signs of `text`, in order. */
export function words(text) {
  return text.match(WORD) ?? [];
}

/** The sentences of `text`, without the white space around them. */
export function sentences(text) {
  return text.split(END).map((sentence) => sentence.trim()).filter(Boolean);
}
