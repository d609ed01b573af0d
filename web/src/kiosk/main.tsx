import "@fontsource-variable/figtree";
import "./style/base.css";
import "./style/start.css";
import "./style/stage.css";
import "./style/talk.css";
import "./style/cards.css";
import "./style/answer.css";
import "./style/contrast.css";
import "./style/print.css";

import { setLogLevel } from "livekit-client";
import { createRoot } from "react-dom/client";

import { Kiosk } from "./Kiosk";
import { fetchLook, wear } from "./look";

setLogLevel("warn");

const RETRY_MS = 2000;

/** The page waits for its server: a kiosk is switched on before the box is ready. */
async function show(root: HTMLElement): Promise<void> {
  try {
    const look = await fetchLook();
    wear(look, document.documentElement);
    createRoot(root).render(<Kiosk look={look} />);
  } catch {
    setTimeout(() => void show(root), RETRY_MS);
  }
}

const root = document.getElementById("kiosk");
if (root) void show(root);
