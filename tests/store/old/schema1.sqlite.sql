PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE meta (
	name VARCHAR(32) NOT NULL, 
	number BIGINT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO meta VALUES('schema',1);
INSERT INTO meta VALUES('revision',3);
CREATE TABLE orders (
	order_id VARCHAR(64) NOT NULL, 
	customer VARCHAR(200) NOT NULL, 
	status VARCHAR(40) NOT NULL, 
	total_cents BIGINT NOT NULL, 
	shipping_eta VARCHAR(200) NOT NULL, 
	tracking_number VARCHAR(100), 
	email VARCHAR(200) NOT NULL, 
	postcode VARCHAR(20) NOT NULL, 
	ordered_at DATE, 
	delivered_at DATE, 
	PRIMARY KEY (order_id)
);
INSERT INTO orders VALUES('ORD123','John Doe','shipped',10998,'December 15','1Z9','john.doe@example.com','62701',NULL,NULL);
INSERT INTO orders VALUES('ORD456','Jane Smith','delivered',5950,'',NULL,'','','2026-10-02','2026-10-10');
INSERT INTO orders VALUES('ORD789','Ann Bell','delivered',4000,'',NULL,'','',NULL,NULL);
INSERT INTO orders VALUES('ORD800','Bob Bell','delivered',1500,'',NULL,'','',NULL,NULL);
CREATE TABLE products (
	identity VARCHAR(210) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	price_cents BIGINT NOT NULL, 
	stock BIGINT NOT NULL, 
	category VARCHAR(200) NOT NULL, 
	description TEXT NOT NULL, 
	sku VARCHAR(200) NOT NULL, 
	PRIMARY KEY (identity)
);
INSERT INTO products VALUES('sku:WH-1','Wireless Headphones',8999,5,'','','WH-1');
INSERT INTO products VALUES('name:usb cable','USB Cable',900,0,'Cables','','');
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	at FLOAT NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	order_id VARCHAR(64) NOT NULL, 
	session VARCHAR(200) NOT NULL, 
	outcome VARCHAR(40) NOT NULL, 
	detail VARCHAR(500) NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO audit VALUES(1,1792888200.0,'load','','','done','orders 4, products 2, refused 0');
INSERT INTO audit VALUES(2,1792888200.0,'verify','ORD456','desk-1:a','wrong','');
INSERT INTO audit VALUES(3,1792888200.0,'verify','ORD456','desk-1:a','ok','');
INSERT INTO audit VALUES(4,1792888200.0,'return','ORD456','','created','desk-1:a:ORD456');
INSERT INTO audit VALUES(5,1792890600.0,'verify','ORD789','desk-1:b','ok','');
INSERT INTO audit VALUES(6,1792890600.0,'return','ORD789','','created','desk-1:b:ORD789');
INSERT INTO audit VALUES(7,1792890600.0,'verify','ORD123','desk-1:x','wrong','');
INSERT INTO audit VALUES(8,1792890600.0,'verify','ORD123','desk-1:y','wrong','');
INSERT INTO audit VALUES(9,1792890600.0,'verify','ORD123','desk-1:z','wrong','');
CREATE TABLE items (
	order_id VARCHAR(64) NOT NULL, 
	position INTEGER NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	PRIMARY KEY (order_id, position), 
	FOREIGN KEY(order_id) REFERENCES orders (order_id) ON DELETE CASCADE
);
INSERT INTO items VALUES('ORD123',0,'Headphones');
INSERT INTO items VALUES('ORD123',1,'Cable');
INSERT INTO items VALUES('ORD456',0,'Watch');
INSERT INTO items VALUES('ORD789',0,'Mouse');
INSERT INTO items VALUES('ORD789',1,'Mouse');
INSERT INTO items VALUES('ORD800',0,'Lamp');
CREATE TABLE returns (
	return_id VARCHAR(80) NOT NULL, 
	order_id VARCHAR(64) NOT NULL, 
	reason VARCHAR(500) NOT NULL, 
	refund_cents BIGINT NOT NULL, 
	refund_eta VARCHAR(100) NOT NULL, 
	"key" VARCHAR(200) NOT NULL, 
	created_at VARCHAR(40) NOT NULL, 
	PRIMARY KEY (return_id), 
	UNIQUE (order_id), 
	FOREIGN KEY(order_id) REFERENCES orders (order_id), 
	UNIQUE ("key")
);
INSERT INTO returns VALUES('RET-ORD456','ORD456','too small',5950,'5-7 business days','desk-1:a:ORD456','2026-10-25T02:30:00+02:00');
INSERT INTO returns VALUES('RET-ORD789','ORD789','too loud',4000,'5-7 business days','desk-1:b:ORD789','2026-10-25T02:10:00+01:00');
CREATE INDEX audit_by_order ON audit (kind, order_id, at);
CREATE INDEX audit_by_session ON audit (kind, session, at);
COMMIT;
