import { Plus } from "lucide-react";
import { Button } from "@/design/button";
import { isList } from "@/lib/exact-json";
import { moved, stepTo, valueAt } from "@/schema-form/edit";
import { type ActionList, BLANK_ACTION, edited } from "../draft";
import { ActionEditor } from "./action-editor";
import { useBuilder } from "./context";

const ROOT_STEPS = {
  actions: stepTo([], "actions"),
  actions_on_trigger: stepTo([], "actions_on_trigger"),
  actions_on_resolve: stepTo([], "actions_on_resolve"),
};

/** Actions one after the other; what stands first is done first. */
export function ActionListEditor({ list, noun = "Action" }: { list: ActionList; noun?: string }) {
  const { draft, update } = useBuilder();
  const path = ROOT_STEPS[list];
  const found = valueAt(draft.value, path);
  const actions = isList(found) ? found : [];
  const move = (from: number, to: number) =>
    update((before) => edited({ ...before, texts: new Map() }, path, moved(actions, from, to)));
  const remove = (at: number) =>
    update((before) => {
      const next = edited(before, stepTo(path, at), undefined);
      return actions.length === 1 && list !== "actions" ? edited(next, path, undefined) : next;
    });
  return (
    <div className="flex min-w-0 flex-col gap-3">
      {actions.length ? (
        <ol aria-label={`${noun}s`} className="flex min-w-0 flex-col gap-3">
          {actions.map((_, at) => (
            <ActionEditor
              // biome-ignore lint/suspicious/noArrayIndexKey: their places are all that tells them apart
              key={at}
              path={stepTo(path, at)}
              title={actions.length > 1 ? `${noun} ${at + 1}` : noun}
              onRemove={() => remove(at)}
              onUp={at > 0 ? () => move(at, at - 1) : undefined}
              onDown={at < actions.length - 1 ? () => move(at, at + 1) : undefined}
            />
          ))}
        </ol>
      ) : null}
      <Button
        size="small"
        icon={Plus}
        className="w-fit"
        onClick={() => update((before) => edited(before, [...path, actions.length], BLANK_ACTION))}
      >
        Add an action
      </Button>
    </div>
  );
}
