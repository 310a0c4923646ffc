// Test fixtures, created by plain HTTP requests: fast, and through the same handlers as in the browser.

import { randomUUID } from "node:crypto";
import { type Page, expect } from "@playwright/test";
import { confirmEmail } from "./letters";

export type Role = "seller" | "buyer";

export interface Account {
  role: Role;
  name: string;
  email: string;
  password: string;
}

/** The demo's accounts, for tests that only read. */
export const DEMO = {
  seller: { role: "seller", name: "Brenner & Holt Architects", email: "office@brenner-holt.example", password: "stepped gable lantern" },
  buyer: { role: "buyer", name: "Marta Kowalczyk", email: "marta.kowalczyk@studio.example", password: "stepped gable lantern" },
  other: { role: "buyer", name: "Tomás Ferreira", email: "tomas@ferreira-dev.example", password: "stepped gable lantern" },
} satisfies Record<string, Account>;

/** A person without an account. */
export function somebody(role: Role, name: string): Account {
  const email = `${name.toLowerCase().replaceAll(/\W+/g, ".")}.${randomUUID().slice(0, 8)}@example.org`;
  return { role, name, email, password: "copper kettle under moss" };
}

/** A search word that no other project contains. */
export const rareWord = () => `Q${randomUUID().replaceAll("-", "").slice(0, 12)}`;

/** Creates an account and signs the browser of `page` in to it. */
export async function newAccount(page: Page, role: Role, name: string): Promise<Account> {
  const account = somebody(role, name);
  await openAccount(page, account);
  return account;
}

/** Signs up, confirms the address by the link in the letter, and signs the browser of `page` in. */
export async function openAccount(page: Page, account: Account): Promise<void> {
  await post(page, "/sign-up", { ...account });
  await confirmEmail(page, account.email);
  await signIn(page, account);
}

export async function signIn(page: Page, { email, password }: Account): Promise<void> {
  const url = await post(page, "/sign-in", { email, password });
  expect(url, `${email} is signed in`).toMatch(/\/dashboard$/);
}

/** A time in UTC as the value of a date-time field. Its seconds are never zero, because the field would drop them. */
export function inSeconds(seconds: number): string {
  const at = new Date(Date.now() + seconds * 1000);
  if (at.getUTCSeconds() === 0) at.setUTCSeconds(1);
  return at.toISOString().slice(0, 19);
}

/** The fields of a project form. */
export interface ProjectFields {
  name: string;
  summary: string;
  description: string;
  category: string;
  skills: string;
  budget: string;
  currency: string;
  deadline: string;
  time_zone: string;
  work_place: string;
  site: string;
  delivery_date: string;
  duration: string;
  duration_unit: string;
}

export function projectFields(changes: Partial<ProjectFields> = {}): ProjectFields {
  return {
    name: "Leaflet for a bicycle kitchen",
    summary: "Eight pages, folded, for people who repair their own bicycles.",
    description: "## What is needed\n\n- Text and layout of eight pages\n- Two rounds of corrections",
    category: "design",
    skills: "layout, illustration",
    budget: "1000",
    currency: "EUR",
    deadline: inSeconds(3600),
    time_zone: "UTC",
    work_place: "",
    site: "",
    delivery_date: "",
    duration: "",
    duration_unit: "days",
    ...changes,
  };
}

/** The signed-in seller posts a project; returns its path. */
export async function openProject(seller: Page, changes: Partial<ProjectFields> = {}): Promise<string> {
  return new URL(await post(seller, "/projects/new", { ...projectFields(changes), intent: "publish" })).pathname;
}

/** The signed-in seller saves a draft; returns its path. */
export async function saveDraft(seller: Page, changes: Partial<ProjectFields> = {}): Promise<string> {
  const url = await post(seller, "/projects/new", { ...projectFields(changes), intent: "draft" });
  return new URL(url).pathname.replace(/\/edit$/, "");
}

/** The signed-in seller types into the form of a new project without sending it; returns the id of the autosave. */
export async function autosaveProject(seller: Page, changes: Partial<ProjectFields>): Promise<string> {
  const fields = { ...projectFields(changes), deadline_hour: "", deadline_shown: "" };
  const data = { draft: null, fields, form_key: randomUUID() };
  const answer = await seller.request.post("/writes/autosave-project", { data, headers: { accept: "application/json" } });
  expect(answer.ok(), `the autosave answered ${answer.status()}`).toBe(true);
  const form = await (await seller.request.get("/projects/new")).text();
  return form.match(/\?continue=(\d+)/)![1]!;
}

/** Bids as the signed-in buyer, and confirms the amount in case it is unusually low. */
export async function bid(buyer: Page, project: string, amount: string): Promise<void> {
  await post(buyer, `${project}/bids`, { amount, confirmed: amount });
}

/** Waits until the server accepts no more bids on the project. */
export async function waitForDeadline(page: Page, project: string): Promise<void> {
  const read = async () => (await page.request.get(project)).text();
  await expect.poll(read, { timeout: 60_000 }).not.toMatch(/Bidding ends/);
}

/** Waits until the project has its result. */
export async function waitForResult(page: Page, project: string): Promise<void> {
  const read = async () => (await page.request.get(`${project}/result`)).url();
  await expect.poll(read, { timeout: 60_000 }).toMatch(/\/result$/);
}

/** Submits a form, follows the redirect and returns its URL. */
export async function post(page: Page, path: string, fields: Record<string, string>): Promise<string> {
  const answer = await page.request.post(path, { form: { form_key: randomUUID(), ...fields } });
  expect(answer.ok(), `${path} answered ${answer.status()}`).toBe(true);
  return answer.url();
}
