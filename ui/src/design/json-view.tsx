import { ChevronRight } from "lucide-react";
import { type ReactNode, useState } from "react";
import { plural } from "@/lib/format";
import { CopyButton } from "./copy-button";
import { cx } from "./cx";

const STEP = 100;
const LONGEST = 2000;

export interface JsonViewProps {
  value: unknown;
  /** What it is, for screen readers and the copy button. */
  label?: string | undefined;
  /** How many levels are open at first. */
  depth?: number | undefined;
  className?: string | undefined;
}

/** A JSON value as a tree: what is closed or far down a long list is not in the document. */
export function JsonView({ value, label = "JSON", depth = 2, className }: JsonViewProps) {
  return (
    <div className={cx("relative min-w-0 rounded-md border border-line bg-sunken", className)}>
      <section
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
        tabIndex={0}
        className="max-h-[70dvh] overflow-auto rounded-md py-2 pr-10 pl-2 font-mono text-sm"
      >
        <Node name={undefined} value={value} open={depth} last />
      </section>
      <CopyButton
        text={() => JSON.stringify(value, null, 2)}
        label={`Copy ${label}`}
        className="absolute! top-1 right-1"
      />
    </div>
  );
}

interface NodeProps {
  name: string | undefined;
  value: unknown;
  open: number;
  last: boolean;
}

function Node({ name, value, open, last }: NodeProps) {
  if (value === null || typeof value !== "object") {
    return (
      <Line name={name}>
        <Leaf value={value} />
        {last ? "" : ","}
      </Line>
    );
  }
  return <Branch name={name} value={value} open={open} last={last} />;
}

function Line({ name, children }: { name: string | undefined; children: ReactNode }) {
  return (
    <div className="pl-5 break-words whitespace-pre-wrap">
      {name === undefined ? null : <span className="text-muted">{name}: </span>}
      {children}
    </div>
  );
}

function Leaf({ value }: { value: unknown }) {
  const [full, setFull] = useState(false);
  if (typeof value !== "string") return <span className="text-info">{String(value)}</span>;
  const isLong = value.length > LONGEST && !full;
  return (
    <>
      <span className="text-success">{JSON.stringify(isLong ? value.slice(0, LONGEST) : value)}</span>
      {isLong ? (
        <button type="button" className="ml-1 text-accent underline" onClick={() => setFull(true)}>
          … {value.length - LONGEST} more characters
        </button>
      ) : null}
    </>
  );
}

function Branch({ name, value, open, last }: NodeProps & { value: object }) {
  const [isOpen, setOpen] = useState(open > 0);
  const [most, setMost] = useState(STEP);
  const isList = Array.isArray(value);
  const entries = isOpen ? Object.entries(value) : [];
  const size = isList ? value.length : Object.keys(value).length;
  const [before, after] = isList ? ["[", "]"] : ["{", "}"];
  const end = `${after}${last ? "" : ","}`;
  const sizeText = isList ? plural(size, "item") : plural(size, "key");
  if (size === 0) {
    return (
      <Line name={name}>
        {before}
        {end}
      </Line>
    );
  }
  return (
    <div>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        className="flex min-h-6 max-w-full items-center rounded-sm text-left hover:bg-hover"
      >
        <ChevronRight
          aria-hidden
          className={cx("mx-0.5 size-4 shrink-0 text-muted", isOpen && "rotate-90")}
        />
        {name === undefined ? null : <span className="mr-[1ch] text-muted">{name}:</span>}
        {before}
        {isOpen ? null : (
          <>
            <span className="mx-1 text-muted">{sizeText}</span>
            {end}
          </>
        )}
      </button>
      {isOpen ? (
        <>
          <div className="ml-2 border-l border-line pl-1">
            {entries.slice(0, most).map(([key, item], index) => (
              <Node
                key={key}
                name={isList ? undefined : key}
                value={item}
                open={open - 1}
                last={index === size - 1}
              />
            ))}
            {size > most ? (
              <button
                type="button"
                className="pl-5 text-accent underline"
                onClick={() => setMost(most + 10 * STEP)}
              >
                … {size - most} more
              </button>
            ) : null}
          </div>
          <div className="pl-5">{end}</div>
        </>
      ) : null}
    </div>
  );
}
