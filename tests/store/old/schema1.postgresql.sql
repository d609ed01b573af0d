CREATE TABLE public.audit (
    id integer NOT NULL,
    at double precision NOT NULL,
    kind character varying(20) NOT NULL,
    order_id character varying(64) NOT NULL,
    session character varying(200) NOT NULL,
    outcome character varying(40) NOT NULL,
    detail character varying(500) NOT NULL
);
CREATE SEQUENCE public.audit_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.audit_id_seq OWNED BY public.audit.id;
CREATE TABLE public.items (
    order_id character varying(64) NOT NULL,
    "position" integer NOT NULL,
    name character varying(200) NOT NULL
);
CREATE TABLE public.meta (
    name character varying(32) NOT NULL,
    number bigint NOT NULL
);
CREATE TABLE public.orders (
    order_id character varying(64) NOT NULL,
    customer character varying(200) NOT NULL,
    status character varying(40) NOT NULL,
    total_cents bigint NOT NULL,
    shipping_eta character varying(200) NOT NULL,
    tracking_number character varying(100),
    email character varying(200) NOT NULL,
    postcode character varying(20) NOT NULL,
    ordered_at date,
    delivered_at date
);
CREATE TABLE public.products (
    identity character varying(210) NOT NULL,
    name character varying(200) NOT NULL,
    price_cents bigint NOT NULL,
    stock bigint NOT NULL,
    category character varying(200) NOT NULL,
    description text NOT NULL,
    sku character varying(200) NOT NULL
);
CREATE TABLE public.returns (
    return_id character varying(80) NOT NULL,
    order_id character varying(64) NOT NULL,
    reason character varying(500) NOT NULL,
    refund_cents bigint NOT NULL,
    refund_eta character varying(100) NOT NULL,
    key character varying(200) NOT NULL,
    created_at character varying(40) NOT NULL
);
ALTER TABLE ONLY public.audit ALTER COLUMN id SET DEFAULT nextval('public.audit_id_seq'::regclass);
INSERT INTO public.audit VALUES (1, 1792888200, 'load', '', '', 'done', 'orders 4, products 2, refused 0');
INSERT INTO public.audit VALUES (2, 1792888200, 'verify', 'ORD456', 'desk-1:a', 'wrong', '');
INSERT INTO public.audit VALUES (3, 1792888200, 'verify', 'ORD456', 'desk-1:a', 'ok', '');
INSERT INTO public.audit VALUES (4, 1792888200, 'return', 'ORD456', '', 'created', 'desk-1:a:ORD456');
INSERT INTO public.audit VALUES (5, 1792890600, 'verify', 'ORD789', 'desk-1:b', 'ok', '');
INSERT INTO public.audit VALUES (6, 1792890600, 'return', 'ORD789', '', 'created', 'desk-1:b:ORD789');
INSERT INTO public.audit VALUES (7, 1792890600, 'verify', 'ORD123', 'desk-1:x', 'wrong', '');
INSERT INTO public.audit VALUES (8, 1792890600, 'verify', 'ORD123', 'desk-1:y', 'wrong', '');
INSERT INTO public.audit VALUES (9, 1792890600, 'verify', 'ORD123', 'desk-1:z', 'wrong', '');
INSERT INTO public.items VALUES ('ORD123', 0, 'Headphones');
INSERT INTO public.items VALUES ('ORD123', 1, 'Cable');
INSERT INTO public.items VALUES ('ORD456', 0, 'Watch');
INSERT INTO public.items VALUES ('ORD789', 0, 'Mouse');
INSERT INTO public.items VALUES ('ORD789', 1, 'Mouse');
INSERT INTO public.items VALUES ('ORD800', 0, 'Lamp');
INSERT INTO public.meta VALUES ('schema', 1);
INSERT INTO public.meta VALUES ('revision', 3);
INSERT INTO public.orders VALUES ('ORD123', 'John Doe', 'shipped', 10998, 'December 15', '1Z9', 'john.doe@example.com', '62701', NULL, NULL);
INSERT INTO public.orders VALUES ('ORD456', 'Jane Smith', 'delivered', 5950, '', NULL, '', '', '2026-10-02', '2026-10-10');
INSERT INTO public.orders VALUES ('ORD789', 'Ann Bell', 'delivered', 4000, '', NULL, '', '', NULL, NULL);
INSERT INTO public.orders VALUES ('ORD800', 'Bob Bell', 'delivered', 1500, '', NULL, '', '', NULL, NULL);
INSERT INTO public.products VALUES ('sku:WH-1', 'Wireless Headphones', 8999, 5, '', '', 'WH-1');
INSERT INTO public.products VALUES ('name:usb cable', 'USB Cable', 900, 0, 'Cables', '', '');
INSERT INTO public.returns VALUES ('RET-ORD456', 'ORD456', 'too small', 5950, '5-7 business days', 'desk-1:a:ORD456', '2026-10-25T02:30:00+02:00');
INSERT INTO public.returns VALUES ('RET-ORD789', 'ORD789', 'too loud', 4000, '5-7 business days', 'desk-1:b:ORD789', '2026-10-25T02:10:00+01:00');
SELECT pg_catalog.setval('public.audit_id_seq', 9, true);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.items
    ADD CONSTRAINT items_pkey PRIMARY KEY (order_id, "position");
ALTER TABLE ONLY public.meta
    ADD CONSTRAINT meta_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (order_id);
ALTER TABLE ONLY public.products
    ADD CONSTRAINT products_pkey PRIMARY KEY (identity);
ALTER TABLE ONLY public.returns
    ADD CONSTRAINT returns_key_key UNIQUE (key);
ALTER TABLE ONLY public.returns
    ADD CONSTRAINT returns_order_id_key UNIQUE (order_id);
ALTER TABLE ONLY public.returns
    ADD CONSTRAINT returns_pkey PRIMARY KEY (return_id);
CREATE INDEX audit_by_order ON public.audit USING btree (kind, order_id, at);
CREATE INDEX audit_by_session ON public.audit USING btree (kind, session, at);
ALTER TABLE ONLY public.items
    ADD CONSTRAINT items_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.orders(order_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.returns
    ADD CONSTRAINT returns_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.orders(order_id);
