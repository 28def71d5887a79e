import { Fragment, type ReactNode } from "react";

export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="inline-flex h-5 min-w-5 items-center justify-center rounded-sm border border-line bg-sunken px-1 font-sans text-xs text-muted">
      {children}
    </kbd>
  );
}

/** Steps of keys as `keySteps` of lib/keys gives them: [["g"], ["r"]]. */
export function Keys({ steps }: { steps: readonly (readonly string[])[] }) {
  return (
    <span className="inline-flex items-center gap-1">
      {steps.map((together, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a sequence may have the same step twice
        <Fragment key={index}>
          {index > 0 ? <span className="text-xs text-muted">then</span> : null}
          {together.map((key) => (
            <Kbd key={key}>{key}</Kbd>
          ))}
        </Fragment>
      ))}
    </span>
  );
}
