import { useEffect, useEffectEvent, useRef } from "react";
import type { Selection } from "./drawing";
import type { Model } from "./model";
import type { StageHandle } from "./use-stage";

interface Options {
  ready: boolean;
  selected: Selection | null;
  model: Model;
  isOpen: (group: number) => boolean;
  open: (group: number) => void;
  change: StageHandle["change"];
}

/** What an address points at is brought into view once, and its task is opened for that. */
export function useReveal({ ready, selected, model, isOpen, open, change }: Options): void {
  const done = useRef(false);
  const reveal = useEffectEvent(() => {
    if (selected?.kind !== "task") {
      done.current = true;
      return;
    }
    const group = model.group[selected.index] ?? -1;
    const isHidden = (model.groups[group]?.members.length ?? 0) > 1 && !isOpen(group);
    if (isHidden) open(group);
    else {
      done.current = true;
      change((drawing, now) => drawing.reveal(selected, false, now));
    }
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: an opened group asks for another look
  useEffect(() => {
    if (ready && !done.current) reveal();
  }, [ready, isOpen]);
}
