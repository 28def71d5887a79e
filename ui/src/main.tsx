import "@/lib/nonce";
import "@/design/tokens.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "@/app";
import { answersAreThere } from "@/lib/query";
import { router } from "@/router";

/** Longer than a page takes that comes from nearby; from far away the frame around it is shown first. */
const PATIENCE_MS = 100;

// A page's code and its first answer are on their way before anything is drawn: what would be drawn until they are
// there would only hold them up.
const page = router.load().then(answersAreThere);
const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));

const root = document.getElementById("root");
if (root) {
  void Promise.race([page, patience]).then(() =>
    createRoot(root).render(
      <StrictMode>
        <App />
      </StrictMode>,
    ),
  );
}
