import type { ReactNode } from "react";

import { DoneIcon, PageIcon, PrintIcon } from "../shared/icons";
import { date, money } from "./format";
import { fill, messages } from "./messages";
import type { Snapshot } from "./session";
import {
  type Card,
  type OrderCard,
  type ProductsCard,
  type QuoteCard,
  type ReturnCard,
  STAGES,
  stageOf,
  titleOf,
} from "./told";

const text = messages.cards;
const FEW = 3; // left in stock

/** What the bot shows beside its words, the newest first. */
export function Cards({ cards }: { cards: Snapshot["cards"] }): ReactNode {
  if (cards.length === 0) return null;
  return (
    <section className="cards" aria-label={text.title} tabIndex={0}>
      {cards.map(({ id, card }) => (
        <article key={id} className={`card ${card.kind}-card`}>
          <Content card={card} />
        </article>
      ))}
    </section>
  );
}

function Content({ card }: { card: Card }): ReactNode {
  switch (card.kind) {
    case "order":
      return <Order card={card} />;
    case "products":
      return <Products card={card} />;
    case "return":
      return <Slip card={card} />;
    case "quote":
      return <Quote card={card} />;
  }
}

function Row({ name, children }: { name: string; children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Order({ card }: { card: OrderCard }): ReactNode {
  const stage = stageOf(card.status);
  const reached = stage ? STAGES.indexOf(stage) : -1;
  return (
    <>
      <h2>
        {text.order} <span className="number">{card.order_id}</span>
      </h2>
      {stage ? (
        <ol className="stages">
          {STAGES.map((one, i) => (
            <li
              key={one}
              data-reached={i <= reached}
              aria-current={i === reached ? "step" : undefined}
            >
              <span className="stages-dot">{i <= reached && <DoneIcon />}</span>
              {text.stages[one]}
              {i < reached && <span className="unseen"> ({text.done})</span>}
            </li>
          ))}
        </ol>
      ) : (
        <p className="badge off">{statusText(card.status)}</p>
      )}
      <ul className="items">
        {card.items.map((item, i) => (
          <li key={`${item}-${i}`}>{item}</li>
        ))}
      </ul>
      <dl>
        {card.total !== null && <Row name={text.total}>{money(card.total)}</Row>}
        {card.delivered_at && <Row name={text.deliveredOn}>{date(card.delivered_at)}</Row>}
        {card.shipping_eta && stage !== "delivered" && (
          <Row name={text.arrives}>{card.shipping_eta}</Row>
        )}
        {card.tracking_number && <Row name={text.tracking}>{card.tracking_number}</Row>}
        {card.return_id && <Row name={text.returnNumber}>{card.return_id}</Row>}
      </dl>
    </>
  );
}

function statusText(status: string): string {
  if (status === "cancelled") return text.cancelled;
  if (status === "returned") return text.returned;
  return status.charAt(0).toUpperCase() + status.slice(1);
}

function Products({ card }: { card: ProductsCard }): ReactNode {
  return (
    <>
      <h2>{text.products}</h2>
      <ul className="products">
        {card.products.map((one) => (
          <li key={one.name}>
            <span className="product-name">{one.name}</span>
            <span className="product-price">{money(one.price)}</span>
            <Stock left={one.stock} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Stock({ left }: { left: number }): ReactNode {
  if (left <= 0) return <span className="badge off">{text.soldOut}</span>;
  if (left <= FEW) return <span className="badge few">{fill(text.fewLeft, { count: left })}</span>;
  return <span className="badge on">{text.inStock}</span>;
}

function Slip({ card }: { card: ReturnCard }): ReactNode {
  return (
    <>
      <h2>{text.slip}</h2>
      <p className="slip-number">{card.return_id}</p>
      <p className="slip-hint">{text.slipHint}</p>
      <dl>
        <Row name={text.order}>{card.order_id}</Row>
        {card.reason && <Row name={text.reason}>{card.reason}</Row>}
        {card.refund_amount !== null && <Row name={text.refund}>{money(card.refund_amount)}</Row>}
        {card.refund_eta && <Row name={text.refundWithin}>{card.refund_eta}</Row>}
      </dl>
      <button
        type="button"
        className="print"
        onClick={() => {
          window.print();
        }}
      >
        <PrintIcon />
        {text.print}
      </button>
    </>
  );
}

function Quote({ card }: { card: QuoteCard }): ReactNode {
  return (
    <>
      <h2>{text.quote}</h2>
      <blockquote>{card.text}</blockquote>
      <p className="source">
        <PageIcon />
        <span>
          {titleOf(card.source)}
          {card.page > 0 && `, ${fill(text.page, { page: card.page })}`}
          {card.modified > 0 && `, ${fill(text.asOf, { date: date(card.modified * 1000) })}`}
        </span>
      </p>
    </>
  );
}
