import { Combobox } from "@/design/combobox";
import { Field } from "@/design/field";
import { Switch } from "@/design/switch";
import { TextField } from "@/design/text-field";
import { isList } from "@/lib/exact-json";
import { edited } from "../draft";
import { below } from "../problems";
import { useBuilder } from "./context";

/** What the automation is called, and whether it is to fire. */
export function AboutFields() {
  const { draft, update, problems, thorough } = useBuilder();
  const { value } = draft;
  const text = (key: string) => {
    const found = value.get(key);
    return typeof found === "string" ? found : "";
  };
  const found = value.get("tags");
  const tags = isList(found) ? found.map(String) : [];
  const wrong = below(problems, "name")[0]?.message;
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <Field label="Name" required error={thorough ? wrong : undefined}>
        <TextField
          value={text("name")}
          autoComplete="off"
          onChange={(next) => update((before) => edited(before, ["name"], next))}
        />
      </Field>
      <Field label="Tags">
        <Combobox
          multiple
          allowCustom
          label="Tags"
          placeholder="No tags"
          options={tags.map((tag) => ({ value: tag, label: tag }))}
          value={tags}
          onChange={(next) => update((before) => edited(before, ["tags"], next.length ? next : undefined))}
        />
      </Field>
      <Field label="Description">
        <TextField
          value={text("description")}
          autoComplete="off"
          onChange={(next) => update((before) => edited(before, ["description"], next || undefined))}
        />
      </Field>
      <div className="flex items-end pb-1.5">
        <Switch
          label="Switched on"
          checked={value.get("enabled") !== false}
          onChange={(on) => update((before) => edited(before, ["enabled"], on ? undefined : false))}
        />
      </div>
    </div>
  );
}
