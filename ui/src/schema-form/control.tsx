import type { ReactNode } from "react";
import { BooleanControl, ChoiceControl, NothingControl } from "./controls/choice";
import { DurationControl } from "./controls/duration";
import { JsonControl } from "./controls/json";
import { DateControl, MomentControl } from "./controls/moment";
import { DecimalControl, NumberControl } from "./controls/number";
import { SecretControl } from "./controls/secret";
import { TextControl } from "./controls/text";
import type { ControlProps } from "./field-props";
import type { Kind, Node } from "./node";

const CONTROLS: Partial<Record<Kind, (props: ControlProps) => ReactNode>> = {
  boolean: BooleanControl,
  choice: ChoiceControl,
  date: DateControl,
  "date-time": MomentControl,
  decimal: DecimalControl,
  duration: DurationControl,
  integer: NumberControl,
  null: NothingControl,
  number: NumberControl,
  secret: SecretControl,
  text: TextControl,
  time: TextControl,
};

/** Whether fields of their own stand inside. */
export const isGroup = ({ kind }: Node): boolean => kind === "object" || kind === "map" || kind === "list";

/** What a value is typed or chosen with. */
export function Control(props: ControlProps) {
  const Chosen = CONTROLS[props.node.kind] ?? JsonControl;
  return <Chosen {...props} />;
}
