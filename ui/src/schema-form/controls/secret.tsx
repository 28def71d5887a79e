import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "@/design/button";
import { TextField } from "@/design/text-field";
import type { ControlProps } from "../field-props";
import { useForm } from "../form-context";
import { inheritedText } from "../words";
import { Doubt } from "./doubt";

const REFERENCE = /^\s*\{\{.*\}\}\s*$/s;

/** A secret: not shown unless asked for. Written out here it is stored with what the form makes, which is said. */
export function SecretControl({ node, path, value, inherited, origin }: ControlProps) {
  const { edit, reference } = useForm();
  const [visible, setVisible] = useState(false);
  const text = typeof value === "string" ? value : "";
  const isReference = REFERENCE.test(text);
  return (
    <>
      <span className="relative block">
        <TextField
          type={visible || isReference ? "text" : "password"}
          value={text}
          autoComplete="new-password"
          spellCheck={false}
          mono
          className="pr-10"
          placeholder={value === undefined ? inheritedText(node, inherited, origin) : "(empty text)"}
          onChange={(next) => edit(path, next)}
        />
        {text && !isReference ? (
          <IconButton
            icon={visible ? EyeOff : Eye}
            size="small"
            label={visible ? "Hide" : "Show"}
            pressed={visible}
            onClick={() => setVisible(!visible)}
            className="absolute! inset-y-0 right-1 my-auto"
          />
        ) : null}
      </span>
      {text && !isReference ? (
        <Doubt
          text="A secret that is typed here is stored as it is, and whoever may read it later sees it."
          action={
            reference ? (
              <Button size="small" onClick={() => edit(path, reference(String(path.at(-1))))}>
                Use a reference
              </Button>
            ) : null
          }
        />
      ) : null}
    </>
  );
}
