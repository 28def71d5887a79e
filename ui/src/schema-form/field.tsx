import { RotateCcw } from "lucide-react";
import { memo, useState } from "react";
import { Button, IconButton } from "@/design/button";
import { cx } from "@/design/cx";
import { Field } from "@/design/field";
import type { Json } from "@/lib/exact-json";
import { Control, isGroup } from "./control";
import type { ControlProps, PlaceProps } from "./field-props";
import { isShowable } from "./fits";
import { useForm } from "./form-context";
import { FormPicker, type Forms, useForms } from "./forms";
import { Group } from "./group";
import type { Node } from "./node";
import { allOf, type Problem, tell } from "./problems";
import { labelOf, ruleText } from "./words";

export interface FieldViewProps extends PlaceProps {
  readonly name: string;
  /** The name is read out but not shown. */
  readonly hideName?: boolean | undefined;
  /** Items and keys are taken away, not reset. */
  readonly fixed?: boolean | undefined;
}

/** One place of a form, whatever its kind. Drawn again only when something of its own has changed. */
export const FieldView = memo(function FieldView(props: FieldViewProps) {
  const { part, path, value, inherited, name, fixed } = props;
  const { shapes, edit, thorough, prefix } = useForm();
  const outer = shapes.node(part);
  const forms = useForms(outer, path, value, inherited);
  const [touched, setTouched] = useState(false);
  const isShown = value === undefined || isShowable(forms.node, value);
  const node = isShown ? forms.node : { ...forms.node, kind: "any" as const };
  const isSet = value !== undefined && !fixed;
  const reset = isSet ? (
    <IconButton
      icon={RotateCcw}
      size="small"
      label={`Reset ${name}`}
      onClick={() => edit(path, undefined)}
      className="-my-1"
    />
  ) : null;
  const picker = forms.names.length > 1 ? <FormPicker forms={forms} name={name} /> : null;
  const control: ControlProps = { ...props, node, asText: forms.asText };
  const frame = {
    ...control,
    id: fieldId(prefix, path),
    outer,
    actions:
      picker || reset ? (
        <span className="flex items-center gap-0.5">
          {picker}
          {reset}
        </span>
      ) : undefined,
    isSet,
    note: isShown ? undefined : `What is set doesn't fit “${forms.current}”: it is shown as JSON.`,
  };
  if (isGroup(node)) return <Group {...props} {...frame} problems={props.problems} />;
  const problems = isBlank(node, value)
    ? MISSING
    : allOf(props.problems).filter((each) => thorough || touched || value !== undefined || !isMissing(each));
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it notices that the focus has left, and does nothing else
    <div id={frame.id} onBlur={() => setTouched(true)} className={markClass(isSet)}>
      <LeafFrame {...props} {...frame} problems={problems} />
      {forms.offer ? <Offer offer={forms.offer} /> : null}
    </div>
  );
});

/** What reads as something else than text may be meant so. */
function Offer({ offer: { name, take } }: { offer: NonNullable<Forms["offer"]> }) {
  return (
    <p role="status" className="flex flex-wrap items-center gap-x-1 text-sm text-muted">
      It is kept as text.
      <Button size="small" kind="ghost" onClick={take}>
        Make it {name}
      </Button>
    </p>
  );
}

const MISSING: readonly Problem[] = [{ path: "", message: "A value is missing." }];

/** What was added and not filled in yet: only text may be empty. */
const isBlank = (node: Node, value: Json | undefined): boolean =>
  value === "" && !["text", "secret", "any", "choice"].includes(node.kind);

const isMissing = (problem: Problem): boolean => problem.rule === "required";

export const fieldId = (prefix: string, path: readonly (string | number)[]): string =>
  `${prefix}${path.map((step) => encodeURIComponent(String(step))).join("/")}`;

/** A line at the side of what is set, so that the eye finds it. */
export const markClass = (isSet: boolean, className?: string): string =>
  cx("min-w-0 scroll-mt-24 border-l-2 pl-3", isSet ? "border-accent" : "border-transparent", className);

interface LeafFrameProps extends Omit<FieldViewProps, "problems"> {
  readonly node: Node;
  readonly outer: Node;
  readonly actions: React.ReactNode;
  readonly note: string | undefined;
  readonly problems: readonly Problem[];
}

function LeafFrame({
  node,
  outer,
  name,
  hideName,
  actions,
  note,
  problems,
  required,
  ...props
}: LeafFrameProps) {
  const { shapes } = useForm();
  return (
    <Field
      label={<FieldName name={name} node={outer} rule={hideName ? "" : ruleText(shapes, node, name)} />}
      hideLabel={hideName}
      required={required}
      error={problems.length ? problems.map(tell).join(" ") : undefined}
      hint={
        note || outer.description || node.description ? (
          <Help note={note} node={outer} inner={node} />
        ) : undefined
      }
      action={hideName ? undefined : actions}
    >
      {hideName && actions ? (
        <span className="flex items-start gap-1">
          <span className="flex min-w-0 grow flex-col gap-1">
            <Control {...props} node={node} />
          </span>
          <span className="mt-1 shrink-0">{actions}</span>
        </span>
      ) : (
        <Control {...props} node={node} />
      )}
    </Field>
  );
}

export function FieldName({ name, node, rule }: { name: string; node: Node; rule: string }) {
  const { label, key } = labelOf(name, node);
  const more = [key, rule].filter(Boolean).join(" · ");
  return (
    <>
      <span className={cx("break-words", key === undefined && "font-mono text-sm")}>{label}</span>
      {node.schema.get("deprecated") === true ? (
        <>
          {" "}
          <span className="text-sm text-warning">deprecated</span>
        </>
      ) : null}
      {more ? (
        <>
          {" "}
          <span className="ml-1 text-sm font-normal break-words text-muted">{more}</span>
        </>
      ) : null}
    </>
  );
}

function Help({ note, node, inner }: { note: string | undefined; node: Node; inner: Node }) {
  return (
    <>
      {note ? <span className="block text-warning">{note}</span> : null}
      {node.description ?? inner.description}
    </>
  );
}
