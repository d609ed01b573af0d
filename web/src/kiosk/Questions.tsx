import type { ReactNode } from "react";

import { messages } from "./messages";

/** The shop's quick questions, to be tapped. */
export function Questions(props: {
  questions: readonly string[];
  onQuestion: (question: string) => void;
}): ReactNode {
  if (props.questions.length === 0) return null;
  return (
    <section className="questions" aria-labelledby="questions">
      <h2 id="questions">{messages.start.beginHint}</h2>
      <ul>
        {props.questions.map((question) => (
          <li key={question}>
            <button
              type="button"
              className="chip"
              onClick={() => {
                props.onQuestion(question);
              }}
            >
              {question}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
