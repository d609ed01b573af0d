import react from "@vitejs/plugin-react";
import { readdirSync } from "node:fs";
import { defineConfig } from "vite";

// Every .html file here is a page; voicebot serves what is built (voicebot/http/page.py).
const pages = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".html"));

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the content security policy admits files alone
    modulePreload: { polyfill: false },
    rolldownOptions: { input: pages },
  },
});
