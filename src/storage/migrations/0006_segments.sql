CREATE TABLE "segments" (
	"key" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"segment" jsonb
);
