import { RoomAudioRenderer, RoomContext } from "@livekit/components-react";
import { type ReactNode, useEffect, useRef, useState } from "react";

import { Answer } from "./Answer";
import { Brand } from "./Brand";
import { Announcements, Captions } from "./Captions";
import { Cards } from "./Cards";
import { Controls } from "./Controls";
import type { Look } from "./look";
import { MicrophoneNotice, RoomNotice } from "./Notices";
import { Questions } from "./Questions";
import type { Session, Snapshot } from "./session";
import { Stage } from "./Stage";
import { StillThere } from "./StillThere";

/** While a customer is served. */
export function Talk(props: { look: Look; session: Session; now: Snapshot }): ReactNode {
  const { look, session, now } = props;
  const [volume, setVolume] = useState(1);
  const main = useRef<HTMLElement>(null);
  const { byVoice } = now;
  useEffect(() => {
    if (byVoice) main.current?.focus(); // the button that was pressed is gone
  }, [byVoice]);
  const room = now.room ?? undefined;
  const shape = `talk${now.cards.length > 0 ? " with-cards" : ""}`;
  const fresh = !now.captions.some((one) => one.who === "customer") && now.asked.kind === "nothing";
  return (
    <RoomContext.Provider value={room}>
      <div className={shape} data-asked={now.asked.kind}>
        <header className="talk-head">
          <h1>
            <Brand look={look} />
          </h1>
        </header>
        <main className="talk-main" ref={main} tabIndex={-1}>
          <Stage now={now} />
          <div className="talk-notices">
            <RoomNotice session={session} now={now} />
            <MicrophoneNotice session={session} microphone={now.microphone} />
          </div>
          <Captions captions={now.captions} />
          <Announcements captions={now.captions} />
          {fresh && now.phase.name === "open" && (
            <Questions
              questions={look.questions}
              onQuestion={(question) => {
                session.say(question);
              }}
            />
          )}
          <Cards cards={now.cards} />
        </main>
        <footer className="talk-foot">
          <Answer session={session} now={now} />
          <Controls session={session} now={now} volume={volume} onVolume={setVolume} />
        </footer>
        {room && <RoomAudioRenderer room={room} volume={volume} />}
        <StillThere session={session} now={now} timeout={look.idle_timeout} />
      </div>
    </RoomContext.Provider>
  );
}
