import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";

import { type Idle, idleAfter } from "./idle";
import { fill, messages } from "./messages";
import type { Session, Snapshot } from "./session";

const text = messages.idle;
const TICK_MS = 250;

/** Asks a customer who neither speaks nor touches, and forgets one who has left. */
export function StillThere(props: { session: Session; now: Snapshot; timeout: number }): ReactNode {
  const { session, now, timeout } = props;
  const last = useRef(0);
  const [idle, setIdle] = useState<Idle>({ state: "busy" });
  const stir = useCallback(() => {
    last.current = performance.now();
  }, []);

  useEffect(stir, [stir, now.captions, now.agent, now.phase.name]);
  useEffect(() => {
    const events = ["pointerdown", "keydown"] as const;
    for (const event of events) window.addEventListener(event, stir);
    return () => {
      for (const event of events) window.removeEventListener(event, stir);
    };
  }, [stir]);
  useEffect(() => {
    const timer = setInterval(() => {
      const next = idleAfter((performance.now() - last.current) / 1000, timeout);
      if (next.state === "gone") session.finish();
      else
        setIdle((before) => (before.state === next.state && next.state === "busy" ? before : next));
    }, TICK_MS);
    return () => {
      clearInterval(timer);
    };
  }, [session, timeout]);

  if (idle.state !== "asking") return null;
  return (
    <Question
      seconds={idle.seconds}
      onStay={stir}
      onLeave={() => {
        session.finish();
      }}
    />
  );
}

function Question(props: { seconds: number; onStay: () => void; onLeave: () => void }): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      className="still-there"
      ref={dialog}
      aria-labelledby="still-there"
      onCancel={props.onStay}
    >
      <h2 id="still-there">{text.title}</h2>
      <p>{fill(text.text, { seconds: props.seconds })}</p>
      <div className="still-there-buttons">
        <button type="button" className="large yes" autoFocus onClick={props.onStay}>
          {text.stay}
        </button>
        <button type="button" className="large no" onClick={props.onLeave}>
          {text.leave}
        </button>
      </div>
    </dialog>
  );
}
