import { useQuery } from "@tanstack/react-query";
import { Combobox } from "@/design/combobox";
import { Field } from "@/design/field";
import { TextLink } from "@/design/link";
import { Time } from "@/design/time";
import { labelOf } from "@/event-view/event-line";
import { eventQuery, recentEventsQuery } from "../queries";

interface EventPickerProps {
  /** Names that the trigger expects. */
  names: readonly string[];
  value: string | undefined;
  onChange: (id: string) => void;
}

/** A recent event for templates to be tried on: of those that the trigger waits for. */
export function EventPicker({ names, value, onChange }: EventPickerProps) {
  const { data, isFetching } = useQuery(recentEventsQuery(names));
  const { data: chosen } = useQuery(eventQuery(value));
  const listed = data ?? [];
  const events = chosen && !listed.some(({ id }) => id === chosen.id) ? [chosen, ...listed] : listed;
  return (
    <Field
      label="Try templates on"
      hint={
        value ? (
          <TextLink to="/events/$id" params={{ id: value }}>
            Look at the event
          </TextLink>
        ) : (
          "No such event is kept. What templates refer to may be missing until one comes."
        )
      }
    >
      <Combobox
        label="Try templates on"
        placeholder={isFetching ? "Looking for events…" : "No such event yet"}
        disabled={!events.length}
        options={events.map((event) => ({
          value: event.id,
          label: labelOf(event),
          detail: <Time value={event.occurred} />,
        }))}
        value={value}
        onChange={onChange}
      />
    </Field>
  );
}
