import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// Libraries that only some pages need. Each is a chunk of its own, so that no page brings one along by accident.
const HEAVY = {
  "codemirror-tools": /node_modules\/@codemirror\/(autocomplete|search|lint)\//,
  codemirror: /node_modules\/(@codemirror|@lezer|style-mod|w3c-keyname|crelt|@marijn)\//,
  d3: /node_modules\/(d3-[a-z-]+|internmap)\//,
  dagre: /node_modules\/@dagrejs\//,
};

/** What knows no page, and nearly every page needs: it is on its way before anybody knows which page it is. */
const COMMON = /\/ui\/(node_modules|src\/(design|lib))\//;

function preloadCommon(): Plugin {
  return {
    name: "preload-common",
    transformIndexHtml: (_, { bundle }) =>
      Object.values(bundle ?? {})
        .filter(({ type, name }) => type === "chunk" && name === "common")
        .map(({ fileName }) => ({
          tag: "link",
          attrs: { rel: "modulepreload", crossorigin: true, href: `./${fileName}` },
          injectTo: "head",
        })),
  };
}

export default defineConfig({
  // Relative, so that the same build works below any sub-path: the server writes <base href> for where it serves.
  base: "./",
  plugins: [react(), tailwindcss(), preloadCommon()],
  html: { cspNonce: "__CSP_NONCE__" },
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../src/penstock/ui_dist",
    emptyOutDir: true,
    manifest: true,
    target: ["chrome111", "firefox114", "safari16.4"],
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            ...Object.entries(HEAVY).map(([name, test]) => ({ name, test, priority: 3 })),
            // A browser asks a server for six files at a time, and each costs more than the few hundred bytes
            // that many parts have: what every page needs is one, and what pages share is a few.
            { name: "base", tags: ["$initial"], priority: 2 },
            { name: "common", test: COMMON, minShareCount: 2, priority: 1 },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": { target: process.env.PENSTOCK_UI_API ?? "http://127.0.0.1:4200" } } },
  preview: { proxy: { "/api": { target: process.env.PENSTOCK_UI_API ?? "http://127.0.0.1:4200" } } },
  test: {
    // A document costs more than most tests: those of components get one, and others that ask for it at their top.
    projects: [
      { extends: true, test: { name: "components", environment: "jsdom", include: ["src/**/*.test.tsx"] } },
      { extends: true, test: { name: "rules", environment: "node", include: ["src/**/*.test.ts"] } },
    ],
    setupFiles: ["src/test/setup.ts"],
    // Left to itself it leaves one core idle, which may be half of them.
    maxWorkers: "100%",
    restoreMocks: true,
    // Whole tables are drawn and typed into; a machine that does something else besides needs its time.
    testTimeout: 30_000,
  },
});
