CREATE TABLE "group_facets" (
	"group_id" text NOT NULL,
	"facet" text NOT NULL,
	"name" text NOT NULL,
	"count" bigint NOT NULL,
	"first_seen" bigint NOT NULL,
	"last_seen" bigint NOT NULL,
	CONSTRAINT "group_facets_group_id_facet_name_pk" PRIMARY KEY("group_id","facet","name")
);
--> statement-breakpoint
CREATE TABLE "triage" (
	"group_id" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"state" jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "group_facets" ADD CONSTRAINT "group_facets_group_id_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "group_facets_last_seen" ON "group_facets" USING btree ("last_seen");