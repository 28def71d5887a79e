import { CopyButton } from "./copy-button";
import { cx } from "./cx";

export interface CodeBlockProps {
  code: string;
  /** What it is, for screen readers and the copy button. */
  label?: string | undefined;
  /** A command: one line, with a $ that is not copied. */
  command?: boolean | undefined;
  wrap?: boolean | undefined;
  className?: string | undefined;
}

export function CodeBlock({ code, label = "code", command, wrap, className }: CodeBlockProps) {
  return (
    <div className={cx("relative min-w-0 rounded-md border border-line bg-sunken", className)}>
      <pre
        role="group"
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
        tabIndex={0}
        className={cx(
          "max-h-[60dvh] overflow-auto rounded-md py-2 pr-10 pl-3 text-left font-mono text-sm focus-visible:outline-offset-0",
          wrap && "break-words whitespace-pre-wrap",
        )}
      >
        {command ? (
          <span aria-hidden className="text-muted select-none">
            ${" "}
          </span>
        ) : null}
        {code}
      </pre>
      <CopyButton text={code} label={`Copy ${label}`} className="absolute! top-1 right-1 bg-sunken" />
    </div>
  );
}
