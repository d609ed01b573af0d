import "@fontsource-variable/figtree";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import "./style/frame.css";
import "./style/panels.css";
import "./style/turns.css";
import "./style/narrow.css";

const root = document.getElementById("operator");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
