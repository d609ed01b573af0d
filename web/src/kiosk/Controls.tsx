import type { ReactNode } from "react";

import { AgainIcon, DoneIcon, MicIcon, MicOffIcon, SpeakIcon } from "../shared/icons";
import { messages } from "./messages";
import type { Session, Snapshot } from "./session";

const text = messages.controls;

export function Controls(props: {
  session: Session;
  now: Snapshot;
  volume: number;
  onVolume: (volume: number) => void;
}): ReactNode {
  const { session, now, volume, onVolume } = props;
  const open = now.phase.name === "open";
  const muted = now.microphone === "muted";
  const hears = muted || now.microphone === "on" || now.microphone === "silent";
  return (
    <div className="controls" role="group" aria-label={text.title}>
      <button
        type="button"
        className="control"
        disabled={!open}
        onClick={() => {
          if (hears) session.setMuted(!muted);
          else session.retryMicrophone();
        }}
      >
        {muted || !hears ? <MicOffIcon /> : <MicIcon />}
        <span>{muted || !hears ? text.unmute : text.mute}</span>
      </button>
      <label className="control volume">
        <SpeakIcon />
        <span className="unseen">{text.volume}</span>
        <input
          type="range"
          min={0}
          max={1}
          step={0.1}
          value={volume}
          onChange={(event) => {
            onVolume(Number(event.target.value));
          }}
        />
      </label>
      <button
        type="button"
        className="control"
        disabled={!open}
        onClick={() => {
          session.startAgain();
        }}
      >
        <AgainIcon />
        <span>{text.startAgain}</span>
      </button>
      <button
        type="button"
        className="control finish"
        onClick={() => {
          session.finish();
        }}
      >
        <DoneIcon />
        <span>{text.finish}</span>
      </button>
    </div>
  );
}
