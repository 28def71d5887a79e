import { setNonce } from "get-nonce";

// Libraries that write <style> elements (scroll locks of dialogs, editors) need the nonce of this answer's policy.
// Browsers hide the attribute's text and keep the property.
const meta = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]');
export const nonce = meta?.nonce || meta?.getAttribute("nonce") || "";
if (nonce) setNonce(nonce);
