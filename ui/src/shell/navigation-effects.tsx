import { useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { rememberPage } from "./recent";

/** After a change of page: the heading has the focus and its title is read out. Pages that are left are remembered. */
export function NavigationEffects() {
  const router = useRouter();
  const [said, setSaid] = useState("");
  useEffect(() => {
    const left = router.subscribe("onBeforeNavigate", ({ fromLocation, pathChanged }) => {
      if (fromLocation && pathChanged) rememberPage(fromLocation.href, document.title);
    });
    const arrived = router.subscribe("onRendered", ({ fromLocation, pathChanged }) => {
      if (!fromLocation || !pathChanged) return;
      requestAnimationFrame(() => {
        const heading =
          document.querySelector<HTMLElement>("main h1[tabindex]") ?? document.getElementById("main");
        // What has been focused meanwhile, by a dialog or a field of the page, keeps it.
        if (
          document.activeElement === document.body ||
          !document.activeElement?.closest("main, [role=dialog]")
        ) {
          heading?.focus({ preventScroll: true });
        }
        setSaid(document.title);
      });
    });
    return () => {
      left();
      arrived();
    };
  }, [router]);
  return (
    <p role="status" className="sr-only">
      {said}
    </p>
  );
}
