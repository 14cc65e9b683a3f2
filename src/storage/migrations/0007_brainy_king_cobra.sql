CREATE SEQUENCE "public"."evidence_folds" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
ALTER TABLE "evidence" DROP CONSTRAINT "evidence_window_start_operation_region_stage_pk";--> statement-breakpoint
ALTER TABLE "evidence" ADD COLUMN "epoch" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "evidence" ADD CONSTRAINT "evidence_window_start_operation_region_stage_epoch_pk" PRIMARY KEY("window_start","operation","region","stage","epoch");--> statement-breakpoint
ALTER TABLE "evidence_deltas" ADD COLUMN "id" bigserial PRIMARY KEY NOT NULL;--> statement-breakpoint
ALTER TABLE "evidence_deltas" ADD COLUMN "epoch" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "evidence" ADD COLUMN "fold" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "evidence" ADD COLUMN "since" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "evidence" ADD COLUMN "coarse" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "evidence_sources" ADD COLUMN "up_to" bigint;--> statement-breakpoint
ALTER TABLE "evidence_sources" ADD COLUMN "ended" text;--> statement-breakpoint
CREATE INDEX "evidence_operation" ON "evidence" USING btree ("operation","window_start");--> statement-breakpoint
CREATE INDEX "evidence_fold" ON "evidence" USING btree ("fold");