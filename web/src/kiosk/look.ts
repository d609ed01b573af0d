import { standingOut, textOn } from "../shared/colour";

/** `GET /api/kiosk`. */
export interface Look {
  name: string;
  welcome: string;
  colour: string;
  appearance: "auto" | "light" | "dark";
  logo: string;
  questions: string[];
  idle_timeout: number;
}

export async function fetchLook(): Promise<Look> {
  const reply = await fetch("/api/kiosk");
  if (!reply.ok) throw new Error(`/api/kiosk answered ${reply.status}`);
  return (await reply.json()) as Look;
}

const PAPER = { light: "#f7f5f0", dark: "#0f1513" };

/** The shop's colour in every shade that the style sheet asks for. */
export function wear(look: Look, root: HTMLElement): void {
  const shades = {
    "--brand": look.colour,
    "--on-brand": textOn(look.colour),
    "--brand-on-light": standingOut(look.colour, PAPER.light, 4.6),
    "--brand-on-dark": standingOut(look.colour, PAPER.dark, 5),
  };
  for (const [name, value] of Object.entries(shades)) root.style.setProperty(name, value);
  if (look.appearance !== "auto") root.dataset.appearance = look.appearance;
  document.title = look.name;
}
