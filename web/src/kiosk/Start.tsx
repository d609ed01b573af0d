import type { ReactNode } from "react";

import { KeyboardIcon, MicIcon } from "../shared/icons";
import { Brand } from "./Brand";
import type { Look } from "./look";
import { messages } from "./messages";
import { Questions } from "./Questions";
import type { Session } from "./session";

const text = messages.start;

/** The first screen: one large button, and questions that can be tapped. */
export function Start(props: { look: Look; session: Session; forgotten: boolean }): ReactNode {
  const { look, session, forgotten } = props;
  return (
    <div className="start">
      <header className="start-head">
        <Brand look={look} />
      </header>
      <main className="start-main">
        <h1>{look.welcome}</h1>
        <button
          type="button"
          className="begin"
          onClick={() => {
            session.begin({ microphone: true });
          }}
        >
          <span className="begin-disc">
            <MicIcon />
          </span>
          <span className="begin-text">{text.begin}</span>
        </button>
        <Questions
          questions={look.questions}
          onQuestion={(question) => {
            session.begin({ microphone: true, question });
          }}
        />
      </main>
      <footer className="start-foot">
        <button
          type="button"
          className="quiet"
          onClick={() => {
            session.begin({ microphone: false });
          }}
        >
          <KeyboardIcon />
          {text.typeInstead}
        </button>
        <p role="status">{forgotten ? text.forgotten : text.privacy}</p>
      </footer>
    </div>
  );
}
