import { useRef } from "react";
import { moved } from "../edit";

let last = 0;
const next = (): number => {
  last += 1;
  return last;
};

export interface Ids {
  readonly list: readonly number[];
  readonly add: () => void;
  readonly remove: (index: number) => void;
  readonly move: (from: number, to: number) => void;
}

/** Ids for things that have none, so that what was opened or chosen in one goes along when it moves. */
export function useIds(count: number): Ids {
  const list = useRef<number[]>([]);
  while (list.current.length < count) list.current.push(next());
  list.current.length = count;
  return {
    list: list.current,
    add: () => void list.current.push(next()),
    remove: (index) => void list.current.splice(index, 1),
    move: (from, to) => {
      list.current = moved(list.current, from, to);
    },
  };
}
