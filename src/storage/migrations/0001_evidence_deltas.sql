CREATE TABLE "evidence_deltas" (
	"operation" text NOT NULL,
	"region" text NOT NULL,
	"stage" text NOT NULL,
	"window_start" bigint NOT NULL,
	"counts" jsonb NOT NULL
);
--> statement-breakpoint
CREATE INDEX "evidence_deltas_window" ON "evidence_deltas" USING btree ("window_start");--> statement-breakpoint
CREATE INDEX "group_counts_operation" ON "group_counts" USING btree ("operation");