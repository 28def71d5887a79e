import type { Json } from "@/lib/exact-json";
import type { Path } from "./edit";
import type { Node } from "./node";
import type { ProblemTree } from "./problems";

/** One place of the form, as its parent sees it. */
export interface PlaceProps {
  readonly part: Json;
  readonly path: Path;
  /** What is set; undefined where it is inherited. */
  readonly value: Json | undefined;
  readonly inherited: Json | undefined;
  /** Who says what is inherited: `default`, `deployment`. */
  readonly origin: string;
  readonly problems: ProblemTree | undefined;
  readonly required: boolean;
}

/** What a control gets: the form of a union is chosen, and the value fits the control. */
export interface ControlProps extends Omit<PlaceProps, "part" | "required" | "problems"> {
  readonly node: Node;
  /** An item or a key: it is there until it is taken away, also while nothing stands in its control. */
  readonly fixed?: boolean | undefined;
  /** Where anything may be: takes what is typed as text, in place of JSON. */
  readonly asText?: (() => void) | undefined;
}

/** What an emptied control leaves: nothing that is set, or an entry that is to be filled in. */
export const emptied = (fixed: boolean | undefined): "" | undefined => (fixed ? "" : undefined);

/** A place that has others inside. */
export interface GroupProps extends ControlProps {
  readonly problems: ProblemTree | undefined;
}
