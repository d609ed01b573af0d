import {
  type RemoteParticipant,
  Room,
  RoomEvent,
  RpcError,
  type TextStreamReader,
} from "livekit-client";

import { type Caption, withCaption } from "./captions";
import { Microphone, type MicrophoneState } from "./microphone";
import { type Asked, askedOf, type Card, cardOf, NOTHING } from "./told";

/** start: nobody is served. waiting: a new room is tried again and again. */
export type Phase =
  | { name: "start"; forgotten: boolean }
  | { name: "opening" | "open" | "reconnecting" }
  | { name: "waiting"; why: "busy" | "unreachable" | "lost" };

export type AgentState = "initializing" | "listening" | "thinking" | "speaking";

/** All that the page shows of a session. A new object whenever anything in it is new. */
export interface Snapshot {
  phase: Phase;
  room: Room | null;
  byVoice: boolean; // as the customer has begun
  microphone: MicrophoneState;
  agent: AgentState | null; // null: no bot is in the room
  asked: Asked;
  captions: readonly Caption[];
  cards: readonly { id: number; card: Card }[];
  back: boolean; // the connection was lost and stands again
}

const NOBODY: Snapshot = {
  phase: { name: "start", forgotten: false },
  room: null,
  byVoice: true,
  microphone: "off",
  agent: null,
  asked: NOTHING,
  captions: [],
  cards: [],
  back: false,
};

const RETRY_MS = 2000;
const RECONNECTS_MS = [0, 300, 1000, 2000, 3000, 3000]; // then a new room is asked for
const CALLS = 3; // of the same, while the bot does not take it
const CALL_AGAIN_MS = 1000;
const CARDS = 4; // kept; older ones are forgotten
const BACK_MS = 4000; // that "connected again" is shown
const ANSWERS: Record<string, Phase & { name: "waiting" }> = {
  503: { name: "waiting", why: "busy" },
  429: { name: "waiting", why: "busy" },
};

class Refused extends Error {
  constructor(readonly phase: Phase & { name: "waiting" }) {
    super(phase.why);
  }
}

interface Ticket {
  server_url: string;
  participant_token: string;
}

async function ticket(): Promise<Ticket> {
  const reply = await fetch("/api/token", { method: "POST" }).catch(() => null);
  if (reply?.ok) return (await reply.json()) as Ticket;
  throw new Refused(ANSWERS[reply?.status ?? 0] ?? { name: "waiting", why: "unreachable" });
}

/** One customer at this page: a room, the bot in it, the microphone. It outlives lost rooms. */
export class Session {
  private now: Snapshot = NOBODY;
  private readonly listeners = new Set<() => void>();
  private customer = 0; // counts customers and rooms: what came for an earlier one is dropped
  private retry: ReturnType<typeof setTimeout> | undefined;
  private microphone = this.newMicrophone();
  private wantsMicrophone = true;
  private first = ""; // a question that was tapped before there was anybody to ask
  private cardsSeen = 0;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };

  readonly snapshot = (): Snapshot => this.now;

  /** From the start screen. question: sent as soon as the bot is there. */
  begin(options: { microphone: boolean; question?: string }): void {
    this.wantsMicrophone = options.microphone;
    this.first = options.question ?? "";
    this.set({ ...NOBODY, phase: { name: "opening" }, byVoice: options.microphone });
    void this.open();
  }

  /** The customer leaves; nothing of the conversation stays on the page. */
  finish(): void {
    this.leave();
    this.set({ ...NOBODY, phase: { name: "start", forgotten: true } });
  }

  /** The same customer, or the next, without leaving the room: the bot forgets everything. */
  startAgain(): void {
    this.customer += 1;
    this.set({ captions: [], cards: [], asked: NOTHING });
    void this.call("reset", "");
  }

  /** Typed, or tapped as a question. Not by `lk.chat`, which nobody acknowledges. */
  say(text: string): void {
    if (text.trim()) void this.call("keypad", JSON.stringify(text.trim()));
  }

  key(text: string): void {
    void this.call("keypad", text);
  }

  answer(yes: boolean): void {
    void this.call("answer", yes ? "yes" : "no");
  }

  setMuted(muted: boolean): void {
    void this.microphone.setMuted(muted);
  }

  retryMicrophone(): void {
    this.wantsMicrophone = true;
    if (this.now.room) void this.microphone.tryAgain(this.now.room);
  }

  dismissMicrophone(): void {
    this.set({ microphone: this.now.microphone === "silent" ? "on" : "off" });
  }

  // ---- the room

  private async open(): Promise<void> {
    this.leave();
    const mine = (this.customer += 1);
    let room: Room | null = null;
    const microphone = (this.microphone = this.newMicrophone());
    try {
      // Recorded from the very touch on; while places are waited for, nothing is.
      if (this.wantsMicrophone && this.now.phase.name === "opening") void microphone.open();
      const given = await ticket();
      if (mine !== this.customer) return;
      room = this.newRoom();
      this.set({ room });
      if (this.wantsMicrophone) void microphone.publish(room);
      await room.connect(given.server_url, given.participant_token);
      if (room !== this.now.room) return;
      void room.startAudio();
      const back = this.now.phase.name === "waiting" && this.now.phase.why !== "busy";
      this.set({ phase: { name: "open" } });
      if (back) this.sayBack();
      this.meet(room);
    } catch (error) {
      if (mine !== this.customer && room !== this.now.room) return;
      const lost = this.now.phase.name === "waiting" && this.now.phase.why === "lost";
      const phase: Phase =
        error instanceof Refused ? error.phase : { name: "waiting", why: "unreachable" };
      this.tryAgain(lost ? this.now.phase : phase);
    }
  }

  private tryAgain(phase: Phase): void {
    this.leave();
    const { byVoice, captions, cards } = this.now;
    this.set({ ...NOBODY, byVoice, captions, cards, phase });
    this.retry = setTimeout(() => void this.open(), RETRY_MS);
  }

  private leave(): void {
    clearTimeout(this.retry);
    this.customer += 1;
    this.microphone.close();
    const room = this.now.room;
    if (!room) return;
    this.set({ room: null }); // what the room still tells is heard by nobody
    void room.disconnect();
  }

  private newRoom(): Room {
    const room = new Room({
      reconnectPolicy: {
        nextRetryDelayInMs: ({ retryCount }) => RECONNECTS_MS[retryCount] ?? null,
      },
    });
    const ours = (act: () => void) => () => {
      if (room === this.now.room) act();
    };
    const meet = ours(() => {
      this.meet(room);
    });
    room
      .on(
        RoomEvent.Reconnecting,
        ours(() => {
          this.set({ phase: { name: "reconnecting" } });
        }),
      )
      .on(
        RoomEvent.Reconnected,
        ours(() => {
          this.set({ phase: { name: "open" } });
          this.sayBack();
        }),
      )
      .on(
        RoomEvent.Disconnected,
        ours(() => {
          if (this.now.phase.name !== "opening") this.tryAgain({ name: "waiting", why: "lost" });
        }),
      )
      .on(RoomEvent.ParticipantConnected, meet)
      .on(RoomEvent.ParticipantDisconnected, meet)
      .on(RoomEvent.ParticipantAttributesChanged, meet);
    room.registerTextStreamHandler("lk.transcription", (reader, from) => {
      void this.read(room, reader, from.identity);
    });
    room.registerTextStreamHandler("voicebot.card", (reader) => {
      void this.takeCard(reader);
    });
    return room;
  }

  private sayBack(): void {
    this.set({ back: true });
    setTimeout(() => {
      this.set({ back: false });
    }, BACK_MS);
  }

  /** Takes up what the bot shows of itself. */
  private meet(room: Room): void {
    const bot = agentIn(room);
    const state = bot?.attributes["lk.agent.state"] as AgentState | undefined;
    this.set({
      agent: bot ? (state ?? "initializing") : null,
      asked: askedOf(bot?.attributes["voicebot.asked"]),
    });
    if (bot && state === "speaking" && this.first) {
      this.say(this.first); // the greeting may be cut: the customer has asked already
      this.first = "";
    }
  }

  private async call(method: string, payload: string, tries = CALLS): Promise<void> {
    const mine = this.customer;
    const room = this.now.room;
    const bot = room && agentIn(room);
    if (!bot) return;
    try {
      await room.localParticipant.performRpc({ destinationIdentity: bot.identity, method, payload });
    } catch (error) {
      console.warn(`${method}:`, error);
      // What was taken and only not answered is not said twice.
      if (error instanceof RpcError && error.code === RpcError.ErrorCode.RESPONSE_TIMEOUT) return;
      if (tries <= 1) return;
      setTimeout(() => {
        if (mine === this.customer) void this.call(method, payload, tries - 1);
      }, CALL_AGAIN_MS);
    }
  }

  // ---- what is told

  private async read(room: Room, reader: TextStreamReader, from: string): Promise<void> {
    const mine = this.customer;
    const told = reader.info.attributes ?? {};
    const who = from === room.localParticipant.identity ? "customer" : "bot";
    const id = told["lk.segment_id"] ?? reader.info.id;
    let text = "";
    const show = (final: boolean): void => {
      if (mine === this.customer) {
        this.set({ captions: withCaption(this.now.captions, { id, who, text, final }) });
      }
    };
    try {
      for await (const chunk of reader) {
        text += chunk;
        show(false);
      }
    } catch {
      // the bot left in the middle: what came of it stays
    }
    show(who === "bot" || told["lk.transcription_final"] === "true");
  }

  private async takeCard(reader: TextStreamReader): Promise<void> {
    const mine = this.customer;
    const card = cardOf(await reader.readAll().catch(() => ""));
    if (!card || mine !== this.customer) return;
    this.cardsSeen += 1;
    this.set({ cards: [{ id: this.cardsSeen, card }, ...this.now.cards].slice(0, CARDS) });
  }

  private newMicrophone(): Microphone {
    return new Microphone((microphone) => {
      this.set({ microphone });
    });
  }

  private set(change: Partial<Snapshot>): void {
    this.now = { ...this.now, ...change };
    for (const listener of this.listeners) listener();
  }
}

function agentIn(room: Room): RemoteParticipant | undefined {
  return [...room.remoteParticipants.values()].find((one) => one.isAgent);
}
