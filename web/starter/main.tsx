// What LiveKit's own front ends for agents are made of, and nothing of ours: a test looks whether it
// works with the bot unchanged (tests/e2e/test_starter.py).
import {
  RoomAudioRenderer,
  SessionProvider,
  useAgent,
  useSession,
  useSessionMessages,
  useVoiceAssistant,
} from "@livekit/components-react";
import { TokenSource } from "livekit-client";
import { type ReactNode, useState } from "react";
import { createRoot } from "react-dom/client";

const tokens = TokenSource.endpoint("/api/token");

function Call(): ReactNode {
  const session = useSession(tokens);
  const agent = useAgent(session);
  const { messages, send } = useSessionMessages(session);
  const [typed, setTyped] = useState("");
  return (
    <SessionProvider session={session}>
      <button onClick={() => void session.start()}>Start</button>
      <button onClick={() => void session.end()}>End</button>
      <input
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
        }}
      />
      <button onClick={() => void send(typed)}>Send</button>
      <p id="agent">{agent.state}</p>
      <Assistant />
      <ol>
        {messages.map((one) => (
          <li key={one.id} className={one.type}>
            {one.message}
          </li>
        ))}
      </ol>
      <RoomAudioRenderer />
    </SessionProvider>
  );
}

function Assistant(): ReactNode {
  const { state, audioTrack } = useVoiceAssistant();
  return <p id="assistant" data-state={state} data-track={audioTrack?.publication.trackSid} />;
}

const root = document.getElementById("root");
if (root) createRoot(root).render(<Call />);
