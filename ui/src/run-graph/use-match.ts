import { useMemo, useState } from "react";
import type { Model } from "./model";

/** 1 for each task run whose name has the text and whose look is among those chosen; null where nothing is asked. */
export function matching(model: Model, text: string, looks: ReadonlySet<number>): Uint8Array | null {
  const wanted = text.trim().toLowerCase();
  if (!wanted && looks.size === 0) return null;
  const inTask = model.timeline.task_names.map((name) => name.toLowerCase().includes(wanted));
  return Uint8Array.from(model.timeline.labels, (label, index) => {
    if (looks.size > 0 && !looks.has(model.look[index] as number)) return 0;
    return inTask[model.timeline.task[index] ?? -1] || label.toLowerCase().includes(wanted) ? 1 : 0;
  });
}

export function useMatch(model: Model) {
  const [text, setText] = useState("");
  const [looks, setLooks] = useState<ReadonlySet<number>>(new Set());
  const match = useMemo(() => matching(model, text, looks), [model, text, looks]);
  const toggleLook = (look: number) => {
    const next = new Set(looks);
    if (!next.delete(look)) next.add(look);
    setLooks(next);
  };
  return { text, setText, looks, toggleLook, match };
}
