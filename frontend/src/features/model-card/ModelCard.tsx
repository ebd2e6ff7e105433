import { useRef, type ReactNode } from "react";
import Markdown, { type Components } from "react-markdown";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import { Copy } from "@/ui/Copy";
import { Empty } from "@/ui/Empty";
import classes from "./ModelCard.module.css";

const OUTSIDE = /^https?:\/\//i;

// The card is a stranger's text: no HTML of its own, no images from elsewhere, and links that take nothing along.
const PARTS: Components = {
  h1: ({ children }) => <h3 className={classes.first}>{children}</h3>,
  h2: ({ children }) => <h3>{children}</h3>,
  h3: ({ children }) => <h4>{children}</h4>,
  h4: ({ children }) => <h5>{children}</h5>,
  h5: ({ children }) => <h6>{children}</h6>,
  a: ({ href, children }) =>
    href && OUTSIDE.test(href) ? (
      <a href={href} target="_blank" rel="noopener noreferrer nofollow">{children}</a>
    ) : (
      <span>{children}</span>
    ),
  img: ({ alt }) => <span className={classes.image}>Image not shown{alt ? `: ${alt}` : ""}</span>,
  table: ({ children }) => <div className={classes.wide} tabIndex={0} role="region" aria-label="Table of the model card"><table>{children}</table></div>,
  pre: ({ children }) => <Code>{children}</Code>,
  input: ({ checked }) => <span>{checked ? "☑" : "☐"}</span>,
};

/** A package's README as its author wrote it, made harmless. */
export function ModelCard({ text }: { text: string }) {
  if (!text.trim()) return <Empty title="No model card">A README.md in the package would be shown here.</Empty>;
  return (
    <div className={classes.card}>
      <Markdown skipHtml remarkPlugins={[remarkGfm]} rehypePlugins={[rehypeSanitize]} components={PARTS}>
        {text}
      </Markdown>
    </div>
  );
}

function Code({ children }: { children: ReactNode }) {
  const block = useRef<HTMLPreElement>(null);
  return (
    <div className={classes.code}>
      <pre ref={block} tabIndex={0}>{children}</pre>
      <div className={classes.copy}><Copy text={() => (block.current?.textContent ?? "").trimEnd()} what="this code" /></div>
    </div>
  );
}
