import { Plus, X } from "lucide-react";
import { Button, IconButton } from "@/design/button";
import { EMPTY_MAP, isMap, type Json } from "@/lib/exact-json";
import { type Inherited, stepTo } from "../edit";
import { FieldView } from "../field";
import type { GroupProps } from "../field-props";
import { useForm } from "../form-context";
import { NewKey } from "./new-key";

/** The fields of a model; under them keys that it has no field for. */
export function ObjectBody(props: GroupProps & { readonly above?: Inherited | undefined }) {
  const { node, path, value, inherited, origin, problems, above } = props;
  const { shapes, edit } = useForm();
  const properties = shapes.properties(node);
  const map = isMap(value) ? value : undefined;
  const given = above ?? (map === undefined && isMap(inherited) ? inherited : EMPTY_MAP);
  const named = new Set(properties.map(({ key }) => key));
  const others = [...new Set([...given.keys(), ...(map?.keys() ?? [])])].filter((key) => !named.has(key));
  const takesMore = node.schema.has("additionalProperties") && shapes.extra(node, "") !== undefined;
  return (
    <>
      {properties.map(({ key, schema, required }) => {
        const own = given.get(key);
        return (
          <FieldView
            key={key}
            name={key}
            part={schema}
            path={stepTo(path, key)}
            value={map?.get(key)}
            inherited={own ?? shapes.node(schema).default}
            origin={own === undefined ? "default" : origin}
            problems={problems?.below.get(key)}
            required={required}
          />
        );
      })}
      {others.map((key) => (
        <Extra key={key} name={key} onRemove={() => edit(stepTo(path, key), undefined)}>
          <FieldView
            name={key}
            part={shapes.extra(node, key) ?? true}
            path={stepTo(path, key)}
            value={map?.get(key)}
            inherited={given.get(key)}
            origin={origin}
            problems={problems?.below.get(key)}
            required={false}
            fixed
          />
        </Extra>
      ))}
      {properties.length === 0 && others.length === 0 && !takesMore ? (
        <p className="text-muted">It has no fields.</p>
      ) : null}
      {takesMore ? (
        <NewKey
          path={path}
          taken={new Set([...named, ...others])}
          onAdd={(key) => edit(stepTo(path, key), blankOf(key))}
        />
      ) : null}
      {map === undefined &&
      properties.every(({ required }) => !required) &&
      path.length > 0 &&
      inherited === undefined ? (
        <Button size="small" kind="ghost" icon={Plus} className="w-fit" onClick={() => edit(path, EMPTY_MAP)}>
          Set it as it is
        </Button>
      ) : null}
    </>
  );
  function blankOf(key: string): Json {
    const schema = shapes.extra(node, key);
    return schema === undefined || shapes.node(schema).kind === "any"
      ? ""
      : (shapes.node(schema).default ?? "");
  }
}

function Extra({
  name,
  onRemove,
  children,
}: {
  name: string;
  onRemove: () => void;
  children: React.ReactNode;
}) {
  return (
    <div className="flex items-start gap-1">
      <div className="min-w-0 grow">{children}</div>
      <IconButton icon={X} size="small" label={`Remove ${name}`} onClick={onRemove} />
    </div>
  );
}
