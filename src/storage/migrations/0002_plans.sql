CREATE TABLE "plans" (
	"plan" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"state" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "positions" (
	"plan" text NOT NULL,
	"unit" text NOT NULL,
	"version" integer NOT NULL,
	"position" jsonb NOT NULL,
	CONSTRAINT "positions_plan_unit_pk" PRIMARY KEY("plan","unit")
);
