// Real OpenID providers for the tests, one for each entry below, each on its own port: `node provider.mjs URL`,
// where URL is Guildhall's. Prints `Providers {"slug": "url", …}` when they are ready. At sign-in, any
// name is accepted; the e-mail is NAME@example.org, verified unless the name starts with "unverified".

import { AsyncLocalStorage } from "node:async_hooks";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const guildhall = process.argv[2];
const SECRET = "a secret between the two";

/** What is special about each provider. */
const kinds = {
  example: { alg: "RS256" },
  // Its keys change whenever a test requests it.
  rotating: { alg: "EdDSA" },
  // Its clock is five minutes slow when it issues tokens, and its tokens live for one minute.
  late: { alg: "ES256", slowBySecs: 300 },
  // Its configured URL differs from its issuer.
  misnamed: { alg: "PS256" },
};

const clock = new AsyncLocalStorage();
const realNow = Date.now;
Date.now = () => realNow() - (clock.getStore() ?? 0);

function newKey(alg) {
  const { privateKey } =
    alg === "EdDSA"
      ? generateKeyPairSync("ed25519")
      : alg === "ES256"
        ? generateKeyPairSync("ec", { namedCurve: "P-256" })
        : generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg };
}

function newProvider(issuer, slug, { alg }) {
  return new Provider(issuer, {
    clients: [
      {
        client_id: "guildhall",
        client_secret: SECRET,
        redirect_uris: [`${guildhall}/sign-in/with/${slug}/callback`],
        id_token_signed_response_alg: alg,
      },
    ],
    jwks: { keys: [newKey(alg)] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    cookies: { keys: [randomUUID()], names: { session: `${slug}_session`, interaction: `${slug}_way`, resume: `${slug}_back` } },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: () => true },
    ttl: { IdToken: 60, AccessToken: 60, AuthorizationCode: 60, Interaction: 600, Session: 600, Grant: 600 },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({
        sub,
        name: sub.split(".")[0].replaceAll("-", " "),
        email: `${sub}@example.org`,
        email_verified: !sub.startsWith("unverified"),
      }),
    }),
    // Every user who signs in allows the request.
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  });
}

const FORM = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Provider</title><link rel="icon" href="data:,"></head>
<body><main><h1>Who are you?</h1><form method="post"><label>Name <input name="login"></label>
<button name="intent" value="yes">Sign in here</button> <button name="intent" value="no">Cancel</button></form></main></body></html>`;

/** The provider's own page, which only asks for a name and lets the user deny the request. */
async function interact(provider, request, response) {
  if (request.method !== "POST") {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(FORM);
    return;
  }
  let body = "";
  for await (const chunk of request) body += chunk;
  const form = new URLSearchParams(body);
  const result =
    form.get("intent") === "yes"
      ? { login: { accountId: form.get("login") } }
      : { error: "access_denied", error_description: "The visitor denied the request." };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

async function start([slug, kind]) {
  let answer;
  const server = createServer((request, response) => answer(request, response));
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address();
  // A host name, so that the browser treats it as a different site from Guildhall's 127.0.0.1.
  const issuer = `http://localhost:${port}`;
  const renew = () => {
    const provider = newProvider(issuer, slug, kind);
    const callback = provider.callback();
    answer = (request, response) => {
      if (request.url === "/favicon.ico") response.writeHead(204).end();
      else if (request.url === "/test/rotate") {
        renew();
        response.writeHead(204).end();
      } else if (request.url.startsWith("/interaction/")) {
        interact(provider, request, response).catch((error) => response.writeHead(500).end(String(error)));
      } else if (request.url === "/token" && kind.slowBySecs) {
        clock.run(kind.slowBySecs * 1000, () => callback(request, response));
      } else callback(request, response);
    };
  };
  renew();
  return [slug, slug === "misnamed" ? `http://127.0.0.1:${port}` : issuer];
}

const started = await Promise.all(Object.entries(kinds).map(start));
console.log(`Providers ${JSON.stringify(Object.fromEntries(started))}`);
