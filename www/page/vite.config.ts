import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const fromRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export default defineConfig({
  // Relative, so that the page works at the root of a server and in a folder of a static host.
  base: "./",
  resolve: { alias: { "cloud-agents": fromRoot("pkg/index.js") } },
  build: {
    target: "es2023",
    // The content security policy knows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
});
