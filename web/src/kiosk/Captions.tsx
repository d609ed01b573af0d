import type { ReactNode } from "react";

import type { Caption } from "./captions";
import { messages } from "./messages";

const text = messages.captions;

/** Both sides, the newest in view: the list grows from below (see .captions). */
export function Captions({ captions }: { captions: readonly Caption[] }): ReactNode {
  return (
    <section className="captions" aria-label={text.title} role="log" tabIndex={0}>
      <ol>
        {captions.map((one) => (
          <li key={one.id} className={`caption ${one.who}`} data-final={one.final}>
            <span className="caption-who">{one.who === "bot" ? text.bot : text.you}</span>
            <span className="caption-text">{one.text}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
