import { useCallback, useEffect, useRef, useState } from "react";
import {
  fetchData,
  Refused,
  type LiveEvent,
  type OperatorData,
  type Room,
  type RoomState,
} from "./api";

const EVERY_MS = 30_000; // the load and what has grown old, even when nothing happens
const AT_MOST_MS = 1_500; // between two fetches: the box has more important things to do
const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000];

const TELLS_STATE: Record<string, RoomState> = {
  SpeechBegan: "hearing",
  CutOff: "hearing",
  TurnTaken: "thinking",
  FirstSound: "speaking",
  WentOn: "speaking",
  LastSound: "listening",
};
const CHANGES_DATA = new Set([
  "BotJoined",
  "BotLeft",
  "CustomerJoined",
  "CustomerLeft",
  "ReplyEnded",
  "StageFailed",
  "FellBack",
  "BackendChanged",
  "ToolRan",
  "Unanswered",
  "StaffCalled",
]);

/** The rooms as an event leaves them; the next fetch puts right what this guesses. */
export function afterEvent(rooms: Room[], event: LiveEvent, now: number): Room[] {
  const state = TELLS_STATE[event.kind];
  if (!state) return rooms;
  return rooms.map((room) =>
    room.room === event.room && room.state !== state ? { ...room, state, changed: now } : room,
  );
}

export interface Live {
  data: OperatorData | null;
  connected: boolean;
  locked: boolean; // the key is wanted
  trouble: string;
  refresh: () => void;
}

/** The data of the last `minutes`, kept fresh by the events; reconnects for ever. */
export function useLive(minutes: number): Live {
  const [data, setData] = useState<OperatorData | null>(null);
  const [connected, setConnected] = useState(false);
  const [locked, setLocked] = useState(false);
  const [trouble, setTrouble] = useState("");
  const [round, setRound] = useState(0);
  const wanted = useRef<() => void>(() => undefined);

  const refresh = useCallback(() => {
    setRound((n) => n + 1);
  }, []);

  useEffect(() => {
    const gone = new AbortController();
    let timer: number | undefined;
    let last = 0;

    const load = async () => {
      last = Date.now();
      try {
        setData(await fetchData(minutes, gone.signal));
        setLocked(false);
        setTrouble("");
      } catch (error) {
        if (gone.signal.aborted) return;
        if (error instanceof Refused && error.status === 401) setLocked(true);
        else setTrouble(error instanceof Refused ? error.message : "voicebot does not answer");
      }
    };
    const soon = () => {
      if (timer !== undefined) return;
      const wait = Math.max(0, last + AT_MOST_MS - Date.now());
      timer = window.setTimeout(() => {
        timer = undefined;
        void load();
      }, wait);
    };
    wanted.current = soon;
    soon();
    const regular = window.setInterval(soon, EVERY_MS);
    return () => {
      gone.abort();
      window.clearTimeout(timer);
      window.clearInterval(regular);
    };
  }, [minutes, round]);

  useEffect(() => {
    if (locked) return;
    let socket: WebSocket | undefined;
    let timer: number | undefined;
    let tries = 0;
    let over = false;

    const connect = () => {
      const scheme = window.location.protocol === "https:" ? "wss" : "ws";
      socket = new WebSocket(`${scheme}://${window.location.host}/api/events`);
      socket.onopen = () => {
        tries = 0;
        setConnected(true);
        wanted.current(); // what was missed meanwhile
      };
      socket.onmessage = (message: MessageEvent<string>) => {
        const event = JSON.parse(message.data) as LiveEvent;
        setData((old) => {
          if (!old) return old;
          const rooms = afterEvent(old.overview.rooms, event, Date.now() / 1000);
          return rooms === old.overview.rooms
            ? old
            : { ...old, overview: { ...old.overview, rooms } };
        });
        if (CHANGES_DATA.has(event.kind)) wanted.current();
      };
      socket.onclose = () => {
        setConnected(false);
        if (over) return;
        wanted.current(); // finds out whether the key is wanted, or nobody is there
        timer = window.setTimeout(connect, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]);
        tries += 1;
      };
    };
    connect();
    return () => {
      over = true;
      window.clearTimeout(timer);
      socket?.close();
    };
  }, [locked, round]);

  return { data, connected, locked, trouble, refresh };
}
