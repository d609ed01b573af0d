import { type ReactNode, useEffect, useState } from "react";

import { CrossIcon, DoneIcon, WarnIcon } from "../shared/icons";
import { messages } from "./messages";
import type { MicrophoneState } from "./microphone";
import type { Session, Snapshot } from "./session";

const text = messages.trouble;
const BOT_S = 20; // that a bot may take to come; LiveKit's own components wait as long

function Notice(props: { title: string; text: string; children?: ReactNode }): ReactNode {
  return (
    <div className="notice" role="alert">
      <WarnIcon />
      <div>
        <p className="notice-title">{props.title}</p>
        <p>{props.text}</p>
      </div>
      {props.children && <div className="notice-buttons">{props.children}</div>}
    </div>
  );
}

/** What is wrong with the microphone, and what to do. */
export function MicrophoneNotice(props: { session: Session; microphone: MicrophoneState }): ReactNode {
  const { session, microphone } = props;
  if (microphone === "off" || microphone === "on" || microphone === "muted") return null;
  return (
    <Notice {...text[microphone]}>
      {microphone !== "silent" && microphone !== "insecure" && (
        <button
          type="button"
          className="small"
          onClick={() => {
            session.retryMicrophone();
          }}
        >
          {text.tryAgain}
        </button>
      )}
      <button
        type="button"
        className="small"
        aria-label={text.dismiss}
        onClick={() => {
          session.dismissMicrophone();
        }}
      >
        <CrossIcon />
      </button>
    </Notice>
  );
}

/** What is wrong with the connection; that it is well again. */
export function RoomNotice({ session, now }: { session: Session; now: Snapshot }): ReactNode {
  const alone = now.phase.name === "open" && now.agent === null;
  const late = useLater(alone, BOT_S);
  if (now.back) {
    return (
      <div className="notice good" role="status">
        <DoneIcon />
        <p className="notice-title">{text.back}</p>
      </div>
    );
  }
  if (now.phase.name === "reconnecting") return <Notice {...text.lost} />;
  if (now.phase.name === "waiting") {
    return (
      <Notice {...text[now.phase.why]}>
        <button
          type="button"
          className="small"
          onClick={() => {
            session.finish();
          }}
        >
          {text.cancel}
        </button>
      </Notice>
    );
  }
  return alone && late ? <Notice {...text.noBot} /> : null;
}

/** Whether it has been so for so long. */
function useLater(is: boolean, seconds: number): boolean {
  const [since, setSince] = useState(false);
  useEffect(() => {
    if (!is) return;
    const timer = setTimeout(() => {
      setSince(true);
    }, seconds * 1000);
    return () => {
      clearTimeout(timer);
      setSince(false);
    };
  }, [is, seconds]);
  return since;
}
