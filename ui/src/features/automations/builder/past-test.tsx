import { useMutation } from "@tanstack/react-query";
import { CircleAlert, FlaskConical } from "lucide-react";
import { Button } from "@/design/button";
import { Card } from "@/design/card";
import { ErrorState } from "@/design/error-state";
import { JsonView } from "@/design/json-view";
import { TextLink } from "@/design/link";
import { Time } from "@/design/time";
import { EventWords } from "@/event-view/event-line";
import type { JsonMap } from "@/lib/exact-json";
import { printJson } from "@/lib/exact-json";
import { count, plural } from "@/lib/format";
import { type ActionPreview, type TestResult, testDraft } from "../queries";
import { actionPhrase, type NameOf } from "../words";

const DAYS = 7;

interface PastTestProps {
  /** The draft, where the server takes it. */
  automation: JsonMap | undefined;
  reason: string | undefined;
  nameOf: NameOf;
}

/** What the automation would have done in the last week. Nothing is done. */
export function PastTest({ automation, reason, nameOf }: PastTestProps) {
  const test = useMutation({
    mutationFn: async (draft: JsonMap) => ({ of: printJson(draft), result: await testDraft(draft, DAYS) }),
  });
  const isOld = test.data !== undefined && automation !== undefined && printJson(automation) !== test.data.of;
  return (
    <Card title="Test against past events">
      <div className="flex min-w-0 flex-col gap-3">
        <p className="text-muted">
          Shows it the events of the last {DAYS} days: when it would have fired, and what it would have done.
          Nothing is done.
        </p>
        <Button
          icon={FlaskConical}
          className="w-fit"
          busy={test.isPending}
          disabledReason={automation ? undefined : reason}
          onClick={() => automation && test.mutate(automation)}
        >
          Test
        </Button>
        {test.error ? <ErrorState compact error={test.error} title="It could not be tested." /> : null}
        {isOld ? <p className="text-sm text-warning">It has changed since this test.</p> : null}
        {test.data ? <Told result={test.data.result} nameOf={nameOf} /> : null}
      </div>
    </Card>
  );
}

function Told({ result, nameOf }: { result: TestResult; nameOf: NameOf }) {
  const { firing_count, firings, events_read, events_matched, remarks, since, until, is_whole } = result;
  return (
    <div data-testid="past-test" className="flex min-w-0 flex-col gap-3">
      <p role="status">
        <span className="font-semibold">
          {firing_count ? `It would have fired ${plural(firing_count, "time")}.` : "It would not have fired."}
        </span>{" "}
        <span className="text-muted">
          {plural(events_read, "event")} read, {count(events_matched)} counted
          {is_whole ? "" : "; not all of the time was read"}. <Time value={since} format="absolute" /> –{" "}
          <Time value={until} format="absolute" />
        </span>
      </p>
      {remarks.map((remark) => (
        <p key={remark} className="text-sm text-muted">
          {remark}
        </p>
      ))}
      <ol aria-label="Firings that there would have been" className="flex min-w-0 flex-col gap-2">
        {firings.map((firing, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they have no ids, and never change
          <li key={at} className="min-w-0 rounded-md border border-line px-3 py-2">
            <p className="flex flex-wrap items-baseline gap-x-2">
              <Time value={firing.fired} format="absolute" className="font-medium" />
              {firing.event ? (
                <>
                  <EventWords event={firing.event} />
                  <TextLink to="/events/$id" params={{ id: firing.event.id }}>
                    Event
                  </TextLink>
                </>
              ) : (
                <span className="text-muted">nothing came in time</span>
              )}
            </p>
            <ul className="mt-1 flex flex-col gap-1.5">
              {firing.actions.map((action, place) => (
                <ActionTold
                  key={action.position}
                  action={action}
                  of={`action ${place + 1} of firing ${at + 1}`}
                  nameOf={nameOf}
                />
              ))}
            </ul>
          </li>
        ))}
      </ol>
      {firing_count > firings.length ? (
        <p className="text-sm text-muted">The first {count(firings.length)} are told.</p>
      ) : null}
    </div>
  );
}

interface ActionToldProps {
  action: ActionPreview;
  /** Which one it is, for screen readers. */
  of: string;
  nameOf: NameOf;
}

function ActionTold({ action, of, nameOf }: ActionToldProps) {
  const variables = action.rendered?.job_variables;
  const parameters = action.rendered?.parameters;
  const name = action.target?.name;
  return (
    <li className="flex min-w-0 flex-col gap-1 text-sm">
      <span className="first-letter:uppercase">
        {actionPhrase({ ...action.action, ...action.rendered, type: action.type }, nameOf)}
        {name && action.type !== "run-deployment" ? <span className="text-muted"> ({name})</span> : null}
      </span>
      {isFull(parameters) ? <JsonView value={parameters} label={`parameters, ${of}`} depth={3} /> : null}
      {isFull(variables) ? <JsonView value={variables} label={`job variables, ${of}`} depth={3} /> : null}
      {action.problems.map(({ path, message }) => (
        <span key={path + message} className="flex items-start gap-1 text-danger">
          <CircleAlert aria-hidden className="mt-0.75 size-3.5 shrink-0" />
          <span className="min-w-0 break-words">
            {path ? <code className="font-mono">{path}</code> : null} {message}
          </span>
        </span>
      ))}
    </li>
  );
}

const isFull = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length > 0;
