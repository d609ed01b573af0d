import { type ReactNode, useState, useSyncExternalStore } from "react";

import type { Look } from "./look";
import { Session } from "./session";
import { Start } from "./Start";
import { Talk } from "./Talk";

export function Kiosk({ look }: { look: Look }): ReactNode {
  const [session] = useState(() => new Session());
  const now = useSyncExternalStore(session.subscribe, session.snapshot);
  if (now.phase.name === "start") {
    return <Start look={look} session={session} forgotten={now.phase.forgotten} />;
  }
  return <Talk look={look} session={session} now={now} />;
}
