import { useContext } from "react";
import { Button } from "@/design/button";
import { TextArea } from "@/design/text-field";
import { printJson } from "@/lib/exact-json";
import { pathKey } from "../edit";
import type { ControlProps } from "../field-props";
import { TextsContext, useForm } from "../form-context";
import { textError } from "../form-state";
import { inheritedText } from "../words";
import { Doubt } from "./doubt";

/** A value of any form, as JSON. Text that is none stays; the value is then still the one before. */
export function JsonControl({ node, path, value, inherited, origin, fixed, asText }: ControlProps) {
  const { edit, type } = useForm();
  const typed = useContext(TextsContext).get(pathKey(path));
  const text = typed ?? (value === undefined ? "" : printJson(value, 2));
  const error = typed === undefined ? undefined : textError(typed);
  return (
    <>
      <TextArea
        value={text}
        mono
        rows={1}
        spellCheck={false}
        className="min-h-control!"
        aria-invalid={error !== undefined || undefined}
        placeholder={inheritedText(node, inherited, origin) || "JSON"}
        onChange={(next) => (next.trim() === "" && !fixed ? edit(path, undefined) : type(path, next))}
      />
      {error === undefined ? null : (
        <Doubt
          text={error}
          action={
            <Button size="small" onClick={asText ?? (() => edit(path, text))}>
              Use it as text
            </Button>
          }
        />
      )}
    </>
  );
}
