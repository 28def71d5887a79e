import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { JsonMap } from "@/lib/exact-json";
import { printJson } from "@/lib/exact-json";
import { useDebounced } from "@/lib/use-debounced";
import { lackOf } from "../draft";
import { previewQuery } from "../queries";
import { useBuilder } from "./context";

const PAUSE_MS = 250;

/** What an action would do with the event that is chosen, asked while it is typed; nothing while something is missing. */
export function usePreview(action: JsonMap) {
  const { eventId, accepted } = useBuilder();
  const settled = useDebounced(action, PAUSE_MS, printJson(action));
  const query = useQuery({
    ...previewQuery(settled, eventId, accepted),
    enabled: lackOf(settled) === undefined,
    placeholderData: keepPreviousData,
  });
  const isWhole = lackOf(action) === undefined;
  return isWhole
    ? { preview: query.data, error: query.error, isOld: query.isFetching }
    : { preview: undefined, error: undefined, isOld: false };
}
