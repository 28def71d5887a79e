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
}

/** A place that has others inside. */
export interface GroupProps extends ControlProps {
  readonly problems: ProblemTree | undefined;
}
