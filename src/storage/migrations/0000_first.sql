CREATE TABLE "audit" (
	"id" serial PRIMARY KEY NOT NULL,
	"at" bigint NOT NULL,
	"who" text NOT NULL,
	"target" text NOT NULL,
	"region" text NOT NULL,
	"from_state" text NOT NULL,
	"to_state" text NOT NULL,
	"why" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "evidence" (
	"operation" text NOT NULL,
	"region" text NOT NULL,
	"stage" text NOT NULL,
	"window_start" bigint NOT NULL,
	"counts" jsonb NOT NULL,
	CONSTRAINT "evidence_window_start_operation_region_stage_pk" PRIMARY KEY("window_start","operation","region","stage")
);
--> statement-breakpoint
CREATE TABLE "flags" (
	"key" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"flag" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "group_counts" (
	"group_id" text NOT NULL,
	"operation" text NOT NULL,
	"region" text NOT NULL,
	"count" bigint NOT NULL,
	"noise" bigint NOT NULL,
	CONSTRAINT "group_counts_group_id_operation_region_pk" PRIMARY KEY("group_id","operation","region")
);
--> statement-breakpoint
CREATE TABLE "groups" (
	"id" text PRIMARY KEY NOT NULL,
	"class" text NOT NULL,
	"kind" text NOT NULL,
	"coordinate" text NOT NULL,
	"resolution" text NOT NULL,
	"legacy_shape" text NOT NULL,
	"candidate_shape" text NOT NULL,
	"relation" text,
	"first_seen" bigint NOT NULL,
	"last_seen" bigint NOT NULL,
	"examples" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "operations" (
	"key" text PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"name" text,
	"signature" text NOT NULL,
	"document" text NOT NULL,
	"first_seen" bigint NOT NULL,
	"last_seen" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "evidence_sources" (
	"source" text PRIMARY KEY NOT NULL,
	"seq" integer NOT NULL,
	"last_seen" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "group_counts" ADD CONSTRAINT "group_counts_group_id_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "groups_last_seen" ON "groups" USING btree ("last_seen");