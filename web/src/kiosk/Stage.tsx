import { BarVisualizer, useLocalParticipant, useVoiceAssistant } from "@livekit/components-react";
import type { ReactNode } from "react";

import { KeyboardIcon, LostIcon, MicIcon, MicOffIcon, SpeakIcon, ThinkIcon } from "../shared/icons";
import { messages } from "./messages";
import type { Snapshot } from "./session";

type State = keyof typeof messages.state;

const ICONS: Record<State, () => ReactNode> = {
  connecting: ThinkIcon,
  initializing: ThinkIcon,
  listening: MicIcon,
  thinking: ThinkIcon,
  speaking: SpeakIcon,
  typing: KeyboardIcon,
  muted: MicOffIcon,
  lost: LostIcon,
  waiting: ThinkIcon,
};
const BARS = 7;
/** Not announced to screen readers: the voice itself is heard, or will be at once. */
const UNTOLD = new Set<State>(["thinking", "speaking"]);

export function stateOf(now: Snapshot): State {
  if (now.phase.name === "waiting" && now.phase.why === "busy") return "waiting";
  if (now.phase.name === "reconnecting" || now.phase.name === "waiting") return "lost";
  if (now.phase.name !== "open" || now.agent === null) return "connecting";
  if (now.agent !== "listening") return now.agent;
  if (now.microphone === "muted") return "muted";
  return now.microphone === "on" || now.microphone === "silent" ? "listening" : "typing";
}

/** What the bot does now, told from three metres: by colour, by shape and in words. */
export function Stage({ now }: { now: Snapshot }): ReactNode {
  const state = stateOf(now);
  const Icon = ICONS[state];
  return (
    <section className="stage" data-state={state}>
      <div className="stage-sign" aria-hidden="true">
        <span className="stage-icon">
          <Icon />
        </span>
        {now.room && (state === "listening" || state === "speaking") && <Bars state={state} />}
      </div>
      <p className="stage-state">{messages.state[state]}</p>
      <p className="stage-hint">{messages.hint[state]}</p>
      <p className="unseen" role="status">
        {UNTOLD.has(state) ? "" : messages.state[state]}
      </p>
    </section>
  );
}

/** The voice of whoever has the word. */
function Bars({ state }: { state: "listening" | "speaking" }): ReactNode {
  const { audioTrack } = useVoiceAssistant();
  const { microphoneTrack, localParticipant } = useLocalParticipant();
  const own = microphoneTrack && {
    participant: localParticipant,
    publication: microphoneTrack,
    source: microphoneTrack.source,
  };
  const track = state === "speaking" ? audioTrack : own;
  return (
    <BarVisualizer
      className="bars"
      state={state}
      barCount={BARS}
      options={{ minHeight: 10, maxHeight: 100 }}
      {...(track ? { track } : {})}
    />
  );
}
