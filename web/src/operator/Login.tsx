import { useState, type SubmitEvent } from "react";
import { showKey } from "./api";

/** Asks for http.api_key on machines other than the bot's own. */
export function Login({ onDone }: { onDone: () => void }) {
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const key = new FormData(event.currentTarget).get("key");
    setBusy(true);
    showKey(typeof key === "string" ? key : "").then(onDone, (error: unknown) => {
      setBusy(false);
      setTrouble(error instanceof Error ? error.message : "voicebot does not answer");
    });
  };

  return (
    <main className="alone">
      <form className="card login" onSubmit={submit}>
        <h1>Operator</h1>
        <p>
          This page is for the shop. On the box itself it opens by itself; here it wants the key
          that the box has as <code>http.api_key</code>.
        </p>
        <label htmlFor="key">Key</label>
        <input
          id="key"
          name="key"
          type="password"
          autoComplete="current-password"
          required
          autoFocus
        />
        <p className="trouble" role="alert">
          {trouble}
        </p>
        <button type="submit" className="primary" disabled={busy}>
          Show
        </button>
      </form>
    </main>
  );
}
