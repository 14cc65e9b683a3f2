CREATE TABLE "deliveries" (
	"id" serial PRIMARY KEY NOT NULL,
	"receiver" text NOT NULL,
	"notice" text NOT NULL,
	"at" bigint NOT NULL,
	"content" jsonb NOT NULL,
	"attempts" integer NOT NULL,
	"due" bigint
);
--> statement-breakpoint
CREATE UNIQUE INDEX "deliveries_once" ON "deliveries" USING btree ("receiver","notice");--> statement-breakpoint
CREATE INDEX "deliveries_due" ON "deliveries" USING btree ("receiver","due");