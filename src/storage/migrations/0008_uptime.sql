CREATE TABLE "uptime" (
	"id" integer PRIMARY KEY NOT NULL,
	"ms" bigint NOT NULL
);
