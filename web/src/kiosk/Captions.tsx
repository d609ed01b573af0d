import { type ReactNode, useEffect, useRef } from "react";

import type { Caption } from "./captions";
import { messages } from "./messages";

const text = messages.captions;

/** Both sides, the newest in view. */
export function Captions({ captions }: { captions: readonly Caption[] }): ReactNode {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [captions]);
  return (
    <section className="captions" aria-label={text.title} role="log" tabIndex={0} ref={list}>
      {captions.length === 0 && <p className="captions-empty">{text.empty}</p>}
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
