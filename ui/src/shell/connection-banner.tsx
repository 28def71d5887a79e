import { WifiOff } from "lucide-react";
import { Banner } from "@/design/banner";
import { Button } from "@/design/button";
import { useNow } from "@/design/time";
import { live } from "@/lib/live";
import { useStore } from "@/lib/store";

/** Says that the server is away, and when the next try is. */
export function ConnectionBanner() {
  const { status, retryAt } = useStore(live.state);
  if (status !== "offline") return null;
  return (
    <div className="px-4 pt-3 sm:px-6">
      <Banner
        tone="warning"
        icon={WifiOff}
        title="The server cannot be reached."
        actions={
          <Button size="small" onClick={live.retry}>
            Try now
          </Button>
        }
      >
        What is shown may be old; it is brought up to date as soon as the server is back.{" "}
        {retryAt === undefined ? "Trying…" : <Countdown to={retryAt} />}
      </Banner>
    </div>
  );
}

function Countdown({ to }: { to: number }) {
  const left = Math.max(0, Math.ceil((to - useNow()) / 1000));
  return <span aria-hidden>{left === 0 ? "Trying…" : `Next try in ${left} s.`}</span>;
}
