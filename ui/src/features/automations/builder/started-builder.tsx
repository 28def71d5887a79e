import { type ReactNode, useState } from "react";
import type { Draft } from "../draft";
import { storedDraft } from "../keeping";
import { AutomationBuilder, type AutomationBuilderProps } from "./automation-builder";

type Rest = Pick<AutomationBuilderProps, "id" | "seen" | "eventId" | "onSaved" | "keptAs">;

interface StartedBuilderProps extends Rest {
  /** What it begins with where no draft was left here. */
  fresh: Draft;
}

/** The builder with the draft that was left here, or with what the page says. */
export function StartedBuilder({ fresh, seen, keptAs, ...rest }: StartedBuilderProps): ReactNode {
  const [begun, begin] = useState(() => {
    const stored = storedDraft(keptAs);
    return stored
      ? { draft: stored.draft, at: stored.at, seen: stored.seen ?? seen }
      : { draft: fresh, at: undefined, seen };
  });
  const [count, setCount] = useState(0);
  return (
    <AutomationBuilder
      {...rest}
      key={count}
      keptAs={keptAs}
      start={begun.draft}
      seen={begun.seen}
      restored={begun.at}
      onDiscard={() => {
        begin({ draft: fresh, at: undefined, seen });
        setCount((before) => before + 1);
      }}
    />
  );
}
