// A program that uses types generated from the document: it compiles only if they match the server.
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/schema.js";

declare const process: { argv: string[] };

const [base = "", sellerToken = "", buyerToken = ""] = process.argv.slice(2);
const as = (token: string) =>
  createClient<paths>({ baseUrl: base, headers: { Authorization: `Bearer ${token}` } });
const seller = as(sellerToken);
const buyer = as(buyerToken);

function must(holds: boolean, words: string): asserts holds {
  if (!holds) throw new Error(words);
}

const listed = await createClient<paths>({ baseUrl: base }).GET("/api/v1/projects", {
  params: { query: { per_page: 2, status: "open" } },
});
must(listed.data?.projects.length === 2, "two projects are listed");

const project: components["schemas"]["NewProject"] = {
  name: "A sign for a bakery",
  summary: "Posted by a generated client",
  description: "Two panes of glass.",
  budget: 900,
  deadline: Math.floor(Date.now() / 1000) + 86_400,
  category: "trades",
  currency: "EUR",
};
const posted = await seller.POST("/api/v1/projects", {
  body: project,
  params: { header: { "Idempotency-Key": crypto.randomUUID() } },
});
must(posted.response.status === 201 && posted.data !== undefined, "a project is posted");
const path = { id: posted.data.id };

const placed = await buyer.POST("/api/v1/projects/{id}/bid", {
  params: { path },
  body: { amount: 850.5, currency: "EUR" },
});
must(placed.response.status === 201, "a bid is placed");

const read = await buyer.GET("/api/v1/projects/{id}", {
  params: { path, header: { "Cache-Control": "no-cache" } },
});
must(read.data?.lowest_bid_amount === 850.5, "the bid is the lowest");

const refused = await buyer.POST("/api/v1/projects/{id}/bid", {
  params: { path },
  body: { amount: 800, currency: "USD" },
});
must(refused.error?.status === 422, "another currency is refused");
must(refused.error.errors[0]?.field === "currency", "the refusal names the field");

const misspelt: components["schemas"]["NewProject"] = {
  ...project,
  // @ts-expect-error: the document has no such member.
  curency: "USD",
};
const named = await seller.POST("/api/v1/projects", { body: misspelt });
must(named.error?.errors[0]?.field === "curency", "an unknown member is reported");

console.log("The generated TypeScript client listed, posted, bid and read.");
