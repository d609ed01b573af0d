import { type ReactNode, type SubmitEvent, useEffect, useRef, useState } from "react";

import { CrossIcon, DeleteIcon, DoneIcon, SendIcon } from "../shared/icons";
import { messages } from "./messages";
import type { Session, Snapshot } from "./session";
import type { Asked } from "./told";

const text = messages.answer;
const LONGEST = 500; // characters typed
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** Where the customer answers by hand: what the open question wants, and always a text field. */
export function Answer({ session, now }: { session: Session; now: Snapshot }): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const { asked } = now;
  const question = JSON.stringify(asked);
  useEffect(() => {
    // What had the focus has gone with its question: the keyboard goes on from here.
    if (document.activeElement === document.body) place.current?.focus({ preventScroll: true });
  }, [question]);
  return (
    <div className="answer" role="group" aria-label={text.title} ref={place} tabIndex={-1}>
      <Wanted key={question} session={session} asked={asked} />
      <TextField
        session={session}
        about={asked.about}
        open={now.phase.name === "open"}
        first={!now.byVoice}
      />
    </div>
  );
}

function Wanted({ session, asked }: { session: Session; asked: Asked }): ReactNode {
  switch (asked.kind) {
    case "number":
      return <Keypad session={session} />;
    case "yes_no":
      return (
        <div className="yes-no" role="group" aria-label={text.yesNo}>
          <button
            type="button"
            className="large yes"
            onClick={() => {
              session.answer(true);
            }}
          >
            <DoneIcon />
            {text.yes}
          </button>
          <button
            type="button"
            className="large no"
            onClick={() => {
              session.answer(false);
            }}
          >
            <CrossIcon />
            {text.no}
          </button>
        </div>
      );
    case "choice":
      return (
        <Choices
          title={text.choice}
          options={asked.options}
          onChoice={(one) => {
            session.key(one);
          }}
        />
      );
    case "text":
      if (asked.about !== "reason") return null;
      return (
        <Choices
          title={text.reasonTitle}
          options={text.reasons}
          onChoice={(one) => {
            session.say(one);
          }}
        />
      );
    case "nothing":
      return null;
  }
}

function Choices(props: {
  title: string;
  options: readonly string[];
  onChoice: (option: string) => void;
}): ReactNode {
  return (
    <div className="choices" role="group" aria-label={props.title}>
      {props.options.map((option) => (
        <button
          key={option}
          type="button"
          className="chip"
          onClick={() => {
            props.onChoice(option);
          }}
        >
          {option}
        </button>
      ))}
    </div>
  );
}

function Keypad({ session }: { session: Session }): ReactNode {
  const [number, setNumber] = useState("");
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    if (number.trim()) session.key(number.trim());
  };
  const key = (digit: string): ReactNode => (
    <button
      key={digit}
      type="button"
      className="key"
      onClick={() => {
        setNumber(number + digit);
      }}
    >
      {digit}
    </button>
  );
  return (
    <form className="keypad" onSubmit={send} aria-label={text.keypad}>
      <label htmlFor="number">{text.number}</label>
      <input
        id="number"
        className="keypad-number"
        value={number}
        inputMode="none" // the keys below are the keyboard; a real one works too
        autoComplete="off"
        maxLength={24}
        onChange={(event) => {
          setNumber(event.target.value.replace(/[^0-9a-z-]/gi, "").toUpperCase());
        }}
      />
      <div className="keys">
        {KEYS.map(key)}
        <button
          type="button"
          className="key"
          aria-label={text.delete}
          onClick={() => {
            setNumber(number.slice(0, -1));
          }}
        >
          <DeleteIcon />
        </button>
        {key("0")}
        <button
          type="submit"
          className="key key-send"
          aria-label={text.send}
          disabled={!number.trim()}
        >
          <SendIcon />
        </button>
      </div>
    </form>
  );
}

/** first: whether it has the focus from the beginning. */
function TextField(props: {
  session: Session;
  about: string;
  open: boolean;
  first: boolean;
}): ReactNode {
  const [typed, setTyped] = useState("");
  const placeholder = text.placeholders[props.about] ?? text.placeholder;
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!props.open || !typed.trim()) return;
    props.session.say(typed);
    setTyped("");
  };
  return (
    <form className="typing" onSubmit={send}>
      <input
        className="typing-text"
        value={typed}
        aria-label={placeholder}
        placeholder={placeholder}
        maxLength={LONGEST}
        autoComplete="off"
        enterKeyHint="send"
        autoFocus={props.first}
        onChange={(event) => {
          setTyped(event.target.value);
        }}
      />
      <button
        type="submit"
        className="send"
        aria-label={text.send}
        disabled={!props.open || !typed.trim()}
      >
        <SendIcon />
      </button>
    </form>
  );
}
