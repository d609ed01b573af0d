import type { ReactNode } from "react";

import type { Caption } from "./captions";
import { messages } from "./messages";

const text = messages.captions;
const ANNOUNCED = 3; // answers that stay in the page for a screen reader to come back to

/** Both sides, the newest in view: the list grows from below (see .captions). */
export function Captions({ captions }: { captions: readonly Caption[] }): ReactNode {
  return (
    <section className="captions" aria-label={text.title} tabIndex={0}>
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

/** For screen readers: what the bot says, once it is whole, so that no word is read twice. */
export function Announcements({ captions }: { captions: readonly Caption[] }): ReactNode {
  const answers = captions.filter((one) => one.who === "bot" && one.final).slice(-ANNOUNCED);
  return (
    <div className="unseen" role="log" aria-label={text.announcements}>
      {answers.map((one) => (
        <p key={one.id}>{one.text}</p>
      ))}
    </div>
  );
}
