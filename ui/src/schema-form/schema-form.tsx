import { Braces, CircleAlert, TextCursorInput } from "lucide-react";
import { useCallback, useEffect, useId, useMemo, useRef } from "react";
import { Banner } from "@/design/banner";
import { Button } from "@/design/button";
import { cx } from "@/design/cx";
import { EMPTY_MAP, type Json } from "@/lib/exact-json";
import { type Inherited, type Path, ROOT } from "./edit";
import { fieldId } from "./field";
import { focusFirst } from "./focus";
import { FormContext, type FormTools, TextsContext } from "./form-context";
import { edited, type FormState, typed, wholeError, wholeText, withoutTexts } from "./form-state";
import { ObjectBody } from "./groups/object";
import { Shapes } from "./node";
import { type Problem, type ProblemTree, parsePath, problemTree, shownAt, tell } from "./problems";
import { WholeJson } from "./whole-json";

export interface SchemaFormProps {
  /** JSON Schema of an object, read with `parseJson` so that nothing of it is lost. Must stay the same object. */
  schema: Json;
  state: FormState;
  onChange: (change: (state: FormState) => FormState) => void;
  /** What is there where nothing is set, beside the schema's defaults, and who says so: `deployment`. */
  inherited?: Inherited | undefined;
  origin?: string | undefined;
  /** What the server finds wrong; paths begin with a property. */
  problems?: readonly Problem[] | undefined;
  /** Problems of fields that nobody has touched are shown too: somebody tried to send. */
  thorough?: boolean | undefined;
  /** A path to open and focus, as problems have it; counted, so that the same can be asked for again. */
  wanted?: { path: string; count: number } | undefined;
  reference?: ((name: string) => string) | undefined;
  /** As JSON in place of fields. */
  asJson?: boolean | undefined;
  onAsJson?: ((asJson: boolean) => void) | undefined;
}

const NO_PROBLEMS: readonly Problem[] = [];

/** A form over a JSON Schema: shows what is inherited, holds what is set, loses nothing. */
export function SchemaForm(props: SchemaFormProps) {
  const {
    schema,
    state,
    onChange,
    inherited = EMPTY_MAP,
    origin = "default",
    problems = NO_PROBLEMS,
  } = props;
  const { asJson = false, onAsJson, thorough = false, wanted, reference } = props;
  const shapes = useMemo(() => new Shapes(schema), [schema]);
  const prefix = `${useId()}-`;
  const names = useMemo(() => [...namesOf(shapes), ...state.value.keys()], [shapes, state.value]);
  const tree = useTree(problems, names);
  const edit = useCallback(
    (path: Path, next: Json | undefined) =>
      onChange((before) => edited(shapes, inherited, before, path, next)),
    [onChange, shapes, inherited],
  );
  const type = useCallback(
    (path: Path, text: string) => onChange((before) => typed(shapes, inherited, before, path, text)),
    [onChange, shapes, inherited],
  );
  const tools: FormTools = useMemo(
    () => ({
      shapes,
      prefix,
      edit,
      type,
      thorough,
      reference,
      wanted: wanted && { path: parsePath(wanted.path, namesOf(shapes)), count: wanted.count },
    }),
    [shapes, prefix, edit, type, thorough, reference, wanted],
  );
  useWanted(tools, asJson);
  const error = wholeError(state);
  const above = shownAt(tree, new Set(names));
  return (
    <FormContext value={tools}>
      <TextsContext value={state.texts}>
        <div className={cx("flex min-w-0 flex-col gap-4", !asJson && "-ml-3.5")}>
          {above.map((problem) => (
            <p
              key={problem.path + problem.message}
              className="ml-3.5 flex items-start gap-1.5 text-sm text-danger"
            >
              <CircleAlert aria-hidden className="mt-0.75 size-3.5 shrink-0" />
              <span className="min-w-0 break-words">
                {problem.path ? <code className="font-mono">{problem.path} </code> : null}
                {tell(problem)}
              </span>
            </p>
          ))}
          {asJson ? (
            <WholeJson
              label="JSON of what is set"
              text={wholeText(state)}
              onType={(text) => type(ROOT, text)}
              lines={12}
              hint="Holds what is set here; what is left out is inherited."
            />
          ) : error === undefined ? (
            <ObjectBody
              node={shapes.node(shapes.root)}
              path={ROOT}
              value={state.value}
              inherited={undefined}
              above={inherited}
              origin={origin}
              problems={tree}
            />
          ) : (
            <Banner
              className="ml-3.5"
              tone="warning"
              title="What stands in the JSON editor can't be shown as fields"
              actions={
                <>
                  <Button size="small" onClick={() => onAsJson?.(true)}>
                    Back to the JSON
                  </Button>
                  <Button size="small" onClick={() => onChange(withoutTexts)}>
                    Discard the text
                  </Button>
                </>
              }
            >
              {error}
            </Banner>
          )}
        </div>
      </TextsContext>
    </FormContext>
  );
}

const namesOf = (shapes: Shapes): string[] =>
  shapes.properties(shapes.node(shapes.root)).map(({ key }) => key);

function useTree(problems: readonly Problem[], names: readonly string[]): ProblemTree | undefined {
  const before = useRef<ProblemTree>(undefined);
  const tree = problemTree(problems, names, before.current);
  before.current = tree;
  return tree;
}

/** Brings the wanted field into view and focuses it, once what is around it is open. */
function useWanted({ wanted, prefix }: FormTools, asJson: boolean): void {
  useEffect(() => {
    if (!wanted || asJson) return;
    const timer = setTimeout(() => {
      for (let { path } = wanted; path.length; path = path.slice(0, -1)) {
        const field = document.getElementById(fieldId(prefix, path));
        if (!field) continue;
        field.scrollIntoView?.({ block: "center" });
        focusFirst(field);
        return;
      }
    });
    return () => clearTimeout(timer);
  }, [wanted, prefix, asJson]);
}

export interface FormSwitchProps {
  asJson: boolean;
  onChange: (asJson: boolean) => void;
}

/** Between fields and JSON. Nothing is lost either way. */
export function FormSwitch({ asJson, onChange }: FormSwitchProps) {
  return (
    <Button
      size="small"
      kind="ghost"
      icon={asJson ? TextCursorInput : Braces}
      aria-pressed={asJson}
      onClick={() => onChange(!asJson)}
    >
      {asJson ? "Edit as form" : "Edit as JSON"}
    </Button>
  );
}
