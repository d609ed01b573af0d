import "@fontsource-variable/figtree";
import { createRoot } from "react-dom/client";

const root = document.getElementById("kiosk");
if (root) createRoot(root).render(<h1>voicebot</h1>);
