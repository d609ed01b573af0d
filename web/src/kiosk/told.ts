/** What the bot tells the page: cards, and what it asks now. All of it is checked before use. */

export interface OrderCard {
  kind: "order";
  order_id: string;
  status: string;
  items: string[];
  total: number | null;
  shipping_eta: string;
  tracking_number: string;
  delivered_at: string;
  return_id: string;
}
export interface Product {
  name: string;
  price: number;
  stock: number;
}
export interface ProductsCard {
  kind: "products";
  products: Product[];
}
export interface ReturnCard {
  kind: "return";
  return_id: string;
  order_id: string;
  reason: string;
  refund_amount: number | null;
  refund_eta: string;
}
export interface QuoteCard {
  kind: "quote";
  text: string;
  source: string;
  page: number;
  modified: number;
}
export type Card = OrderCard | ProductsCard | ReturnCard | QuoteCard;

export interface Asked {
  kind: "nothing" | "number" | "yes_no" | "choice" | "text";
  about: string;
  options: string[];
}
export const NOTHING: Asked = { kind: "nothing", about: "", options: [] };

type Values = Record<string, unknown>;

function values(of: unknown): Values {
  return typeof of === "object" && of !== null ? (of as Values) : {};
}

function text(of: unknown): string {
  return typeof of === "string" ? of : "";
}

function amount(of: unknown): number | null {
  return typeof of === "number" && Number.isFinite(of) ? of : null;
}

function texts(of: unknown): string[] {
  return Array.isArray(of) ? of.filter((one) => typeof one === "string") : [];
}

function json(of: string): Values {
  try {
    return values(JSON.parse(of));
  } catch {
    return {};
  }
}

function product(of: unknown): Product {
  const data = values(of);
  return {
    name: text(data.name),
    price: amount(data.price) ?? 0,
    stock: amount(data.stock) ?? 0,
  };
}

/** A card as it came on `voicebot.card`; null where it is of no kind that we know. */
export function cardOf(message: string): Card | null {
  const whole = json(message);
  const data = values(whole.data);
  switch (whole.kind) {
    case "order":
      return {
        kind: "order",
        order_id: text(data.order_id),
        status: text(data.status),
        items: texts(data.items),
        total: amount(data.total),
        shipping_eta: text(data.shipping_eta),
        tracking_number: text(data.tracking_number),
        delivered_at: text(data.delivered_at),
        return_id: text(data.return_id),
      };
    case "products": {
      const rows = data.products;
      return { kind: "products", products: Array.isArray(rows) ? rows.map(product) : [] };
    }
    case "return":
      return {
        kind: "return",
        return_id: text(data.return_id),
        order_id: text(data.order_id),
        reason: text(data.reason),
        refund_amount: amount(data.refund_amount),
        refund_eta: text(data.refund_eta),
      };
    case "quote":
      return {
        kind: "quote",
        text: text(data.text),
        source: text(data.source),
        page: amount(data.page) ?? 0,
        modified: amount(data.modified) ?? 0,
      };
    default:
      return null;
  }
}

/** The agent's attribute `voicebot.asked`. */
export function askedOf(attribute: string | undefined): Asked {
  const data = json(attribute ?? "");
  const kind = data.kind;
  if (kind !== "number" && kind !== "yes_no" && kind !== "choice" && kind !== "text")
    return NOTHING;
  return { kind, about: text(data.about), options: texts(data.options) };
}

export type Stage = "placed" | "preparing" | "shipped" | "delivered";
export const STAGES: readonly Stage[] = ["placed", "preparing", "shipped", "delivered"];

/** How far an order is; null where its status is none of the usual way (cancelled, returned). */
export function stageOf(status: string): Stage | null {
  switch (status.toLowerCase()) {
    case "placed":
    case "pending":
    case "confirmed":
      return "placed";
    case "processing":
      return "preparing";
    case "shipped":
    case "in transit":
    case "out for delivery":
      return "shipped";
    case "delivered":
      return "delivered";
    default:
      return null;
  }
}

/** A document's name for people: "shipping_policy.pdf" is "Shipping policy". */
export function titleOf(source: string): string {
  const words = source
    .replace(/\.[a-z0-9]+$/i, "")
    .replace(/[_-]+/g, " ")
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
