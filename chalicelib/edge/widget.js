// <ristourne-loyalty>: a shopper's balance, level, stamps, link and statement, in the shop's own page.
// Plain script, no library. The server puts the texts of each language in place of TEXTS.
"use strict";
(() => {
  const TEXTS = {};
  const script = document.currentScript;
  const SVG = "http://www.w3.org/2000/svg";
  const CSS = `
:host{--a:var(--ristourne-accent,#0b6b4b);--on:var(--ristourne-on-accent,#fff);--t:var(--ristourne-text,#1b1f23);
--m:var(--ristourne-muted,#5a6169);--l:var(--ristourne-line,#dde1e5);--s:var(--ristourne-surface,#fff);
display:block;max-width:var(--ristourne-width,720px);container-type:inline-size;color-scheme:light;color:var(--t);background:var(--s);
border:1px solid var(--l);border-radius:var(--ristourne-radius,8px);padding:24px;
font:16px/1.5 var(--ristourne-font,system-ui,sans-serif);text-align:start;overflow-wrap:anywhere}
:host([scheme=dark]){--a:var(--ristourne-accent,#63cba0);--on:var(--ristourne-on-accent,#0d1512);
--t:var(--ristourne-text,#eceff1);--m:var(--ristourne-muted,#a8b0b8);--l:var(--ristourne-line,#363c42);
--s:var(--ristourne-surface,#171a1d);color-scheme:dark}
@media (prefers-color-scheme:dark){:host(:not([scheme=light])){--a:var(--ristourne-accent,#63cba0);
--on:var(--ristourne-on-accent,#0d1512);--t:var(--ristourne-text,#eceff1);--m:var(--ristourne-muted,#a8b0b8);
--l:var(--ristourne-line,#363c42);--s:var(--ristourne-surface,#171a1d);color-scheme:dark}}
:host([hidden]),[hidden]{display:none!important}
*{box-sizing:border-box}
h2,h3,p,ul,dl,dd,figure{margin:0;padding:0;font-weight:inherit}
h2{font-size:20px;font-weight:600;line-height:1.3}
h3{font-size:16px;font-weight:600}
ul{list-style:none}
section{border-top:1px solid var(--l);margin-top:24px;padding-top:16px}
section>*+*{margin-top:8px}
small,.m{font-size:14px;color:var(--m)}
.n{font-variant-numeric:tabular-nums;white-space:nowrap}
.b{display:flex;flex-wrap:wrap;gap:24px 40px;margin-top:16px}
.b>*{flex:1 1 220px;min-width:0}
.big{font-size:28px;font-weight:600;line-height:1.25}
.r{display:flex;gap:4px 16px;justify-content:space-between;align-items:baseline}
.r>:last-child{text-align:end}
.b .r{font-size:14px}
.b ul,.b ul+p{margin-top:8px}
.b li:not(.r){margin-top:4px}
.f{display:flex;flex-wrap:wrap;gap:8px}
.g{display:grid;gap:16px 40px;grid-template-columns:repeat(auto-fit,minmax(min(220px,100%),1fr))}
progress{display:block;width:100%;height:8px;margin:8px 0 4px;accent-color:var(--a);appearance:none;border:0;
border-radius:4px;background:var(--l);overflow:hidden}
progress::-webkit-progress-bar{background:var(--l)}
progress::-webkit-progress-value{background:var(--a)}
progress::-moz-progress-bar{background:var(--a)}
.d{display:flex;flex-wrap:wrap;gap:4px;margin:8px 0 4px}
.d i{width:20px;height:20px;border:2px solid var(--m);border-radius:50%}
.d i.x{background:var(--a);border-color:var(--a)}
.tag{border:1px solid var(--l);border-radius:16px;padding:4px 12px;font-size:14px}
button,a,summary,input{font:inherit;min-height:44px;border-radius:6px}
button,a.k{display:inline-flex;align-items:center;justify-content:center;padding:8px 16px;border:1px solid var(--m);
background:none;color:var(--t);text-decoration:none;cursor:pointer}
button.p{background:var(--a);border-color:var(--a);color:var(--on);font-weight:600}
a.p{background:var(--a);border-color:var(--a);color:var(--on);font-weight:600}
input{flex:1 1 200px;min-width:0;width:100%;padding:8px 12px;border:1px solid var(--m);background:none;color:var(--t);
text-overflow:ellipsis}
summary{display:flex;align-items:center;cursor:pointer;width:fit-content}
details li{margin:0 0 8px 20px}
summary::before{content:"+";width:20px}
details[open]>summary::before{content:"\\2212"}
:focus-visible{outline:3px solid var(--a);outline-offset:2px}
svg{display:block;width:200px;max-width:100%;height:auto;background:#fff;border-radius:4px}
.e li{padding:12px 0;border-top:1px solid var(--l)}
.e li:first-child{border:0}
.e:not(.all) li:nth-child(n+6){display:none}
@media (prefers-reduced-motion:no-preference){progress::-webkit-progress-value{transition:width .3s}}
@media print{button,a,input,details{display:none!important}}`;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);

  class Refused extends Error {
    constructor(status) {
      super(`status ${status}`);
      this.status = status;
    }
  }

  async function json(url, options) {
    const answer = await fetch(url, { credentials: "omit", ...options });
    if (!answer.ok) throw new Refused(answer.status);
    return answer.json();
  }

  const post = (body) => ({
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

  // An element of the page: text is always text, never markup.
  function h(tag, properties, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties || {})) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children.flat(9).filter((child) => child || child === 0));
    return element;
  }

  class Loyalty extends HTMLElement {
    static observedAttributes = ["customer", "proof", "token-url", "locale"];
    #root = this.attachShadow({ mode: "open" });
    #session = null;
    #round = 0;

    connectedCallback() {
      this.#root.adoptedStyleSheets = [sheet];
      this.refresh();
    }

    attributeChangedCallback() {
      this.#session = null;
      if (this.isConnected) this.refresh();
    }

    // Reads the member again and shows it; the promise is kept once it is shown.
    async refresh() {
      const round = ++this.#round;
      this.#texts = TEXTS[this.#locale.slice(0, 2).toLowerCase()] || {};
      if (!this.#known) return this.#offer(round);
      try {
        await null; // several attributes that are set together are one change
        if (round !== this.#round) return;
        if (!this.#root.firstChild) this.#show([this.#heading(this.t("Your rewards")), h("p", { class: "m", role: "status" }, this.t("Loading…"))]);
        const card = await this.#ask(`/card?locale=${encodeURIComponent(this.#locale)}`);
        if (round === this.#round) this.#show(this.#card(card), card.locale);
      } catch (error) {
        if (round === this.#round) this.#show(this.#failed(error));
      }
    }

    // What a new customer would earn, once it is known, below what stands there already.
    async #offer(round) {
      this.#show(this.#guest());
      const offers = await json(`${this.#api}/v1/offers?locale=${encodeURIComponent(this.#locale)}`).catch(() => 0);
      if (offers && round === this.#round) this.#root.firstChild.append(this.#terms(offers.campaigns, [offers.earn]));
    }

    #texts = {};

    t(text, values = {}) {
      return (this.#texts[text] || text).replace(/%\((\w+)\)s/g, (_, name) => values[name]);
    }

    get #api() {
      return (this.getAttribute("api") || new URL(".", script.src).href).replace(/\/$/, "");
    }

    get #locale() {
      const locale = this.getAttribute("locale") || document.documentElement.lang || navigator.language;
      return /^[a-z]{2,3}([-_][a-z0-9]{2,8}){0,3}$/i.test(locale) ? locale : "en";
    }

    get #known() {
      return this.getAttribute("token-url") || (this.getAttribute("customer") && this.getAttribute("proof"));
    }

    // A member and its token: from the shop's own server, or by the proof that stands in the page.
    #open() {
      const url = this.getAttribute("token-url");
      if (url) return json(url, { credentials: "same-origin" });
      const [connection, customer, at, proof] = ["connection", "customer", "at", "proof"].map((name) =>
        this.getAttribute(name),
      );
      return json(`${this.#api}/v1/session`, post({ connection, customer, at: Number(at), proof }));
    }

    // What the member's own route answers; a token that has expired is renewed once.
    async #ask(path, options = {}, again = true) {
      this.#session ||= this.#open();
      const opened = this.#session;
      try {
        const { member, token } = await opened;
        const headers = { ...options.headers, Authorization: `Bearer ${token}` };
        return await json(`${this.#api}/v1/members/${encodeURIComponent(member)}${path}`, { ...options, headers });
      } catch (error) {
        if (this.#session === opened) this.#session = null;
        const expired = error.status === 401 && (await opened.catch(() => null));
        if (expired && again) return this.#ask(path, options, false);
        throw error;
      }
    }

    #show(content, locale) {
      const focused = this.#root.activeElement?.dataset.focus;
      const status = h("p", { class: "m", role: "status" });
      const body = h("div", { part: "body", lang: locale || this.#locale.replace("_", "-") }, content, status);
      this.#root.replaceChildren(body);
      if (focused) body.querySelector(`[data-focus=${focused}]`)?.focus();
    }

    #say(text) {
      this.#root.querySelector("[role=status]:last-of-type").textContent = text;
    }

    #button(text, act, more = {}) {
      return h("button", { type: "button", part: "button", onclick: act, ...more }, text);
    }

    #heading(text) {
      return h("h2", { part: "heading" }, text);
    }

    #section(name, title, ...content) {
      return h("section", { part: name }, title && h("h3", { part: "title" }, title), ...content);
    }

    #terms(campaigns, folds) {
      const shown = folds.filter(({ lines }) => lines[0]);
      return shown[0] ? this.#section("terms", "", campaigns.map((text) => h("p", {}, text)), shown.map(({ title, lines }) => this.#fold(title, h("ul", {}, lines.map((line) => h("li", { class: "m" }, line)))))) : "";
    }

    #fold(title, content) {
      return h("details", {}, h("summary", {}, title), content);
    }

    #guest() {
      const to = this.getAttribute("sign-in");
      return [
        this.#heading(this.t("Your rewards")),
        h("p", { class: "m" }, this.t("Sign in to see your balance and what you have earned.")),
        to && /^(https?:|[/?#])/.test(to) && h("p", { class: "b" }, h("a", { class: "k p", href: to, part: "button primary" }, this.t("Sign in"))),
      ];
    }

    #failed(error) {
      const stale = error.status === 401;
      const act = () => (stale ? location.reload() : this.refresh());
      return [
        this.#heading(this.t("Your rewards")),
        h("p", { role: "alert" }, stale ? this.t("This page is too old to show your balance.") : this.t("Your balance cannot be shown right now.")),
        h("p", { class: "b" }, this.#button(stale ? this.t("Load the page again") : this.t("Try again"), act, { "data-focus": "again" })),
      ];
    }

    #card(card) {
      return [
        this.#heading(card.programme || this.t("Your rewards")),
        card.balances.length > 0 && h("div", { class: "b", part: "balances" }, card.balances.map((balance) => this.#balance(balance))),
        this.#terms(card.campaigns, [card.earn, card.pay]),
        card.level && this.#level(card.level, card.badges),
        !card.level && card.badges.length > 0 && this.#section("level", "", this.#badges(card.badges)),
        card.cards.length + card.goals.length > 0 &&
          this.#section("progress", this.t("Your progress"), h("div", { class: "g" }, card.cards.map((stamps) => this.#stamps(stamps)), card.goals.map((goal) => this.#goal(goal)))),
        card.boards.length > 0 &&
          this.#section("boards", this.t("Leaderboards"), h("ul", {}, card.boards.map((board) => h("li", {}, board.name, h("p", { class: "m" }, board.text))))),
        card.referral && this.#share(card),
        this.#statement(card.statement),
      ];
    }

    #balance(balance) {
      // That all of it never expires goes without saying.
      const lots = balance.lots.some((lot) => lot.last_day) ? balance.lots : [];
      const rows = [...lots, ...balance.pending, ...balance.held];
      const row = (part) => h("li", { class: "r" }, h("span", { class: "m" }, part.last_day_text || part.why), h("span", { class: "n" }, part.text));
      return h(
        "div",
        { part: "balance" },
        h("h3", { class: "m" }, /^[A-Z]/.test(balance.asset) ? this.t("You can spend") : balance.name),
        h("p", { class: "big n", part: "amount" }, balance.text),
        balance.owed && h("p", { class: "m" }, balance.owed),
        balance.worth && balance.available > 0 && h("p", { class: "m" }, this.t("worth %(amount)s", { amount: balance.worth })),
        balance.available > balance.use.amount && balance.use.rules.map((rule) => h("p", { class: "m" }, rule)),
        rows.length > 0 && h("ul", { part: "lots" }, lots.map(row), this.#group(this.t("Coming"), balance.pending, row), this.#group(this.t("Set apart"), balance.held, row)),
      );
    }

    #group(title, parts, row) {
      return parts.length > 0 && [h("li", {}, h("small", {}, h("b", {}, title))), parts.map(row)];
    }

    #bar(label, percent) {
      return h("progress", { max: 100, value: percent, "aria-label": label });
    }

    #level(level, badges) {
      return this.#section(
        "level",
        this.t("Your level: %(level)s", { level: level.name }),
        level.perks && h("p", {}, level.perks),
        level.last_day_text && h("p", { class: "m" }, level.last_day_text),
        level.next && [this.#bar(level.next, level.percent), h("p", { class: "m" }, level.next)],
        badges.length > 0 && this.#badges(badges),
      );
    }

    #badges(badges) {
      return h("ul", { class: "f", part: "badges" }, badges.map((badge) => h("li", { class: "tag", part: "badge" }, badge.name, " ", h("small", {}, badge.since_text))));
    }

    #stamps(stamps) {
      const dots = Array.from({ length: Math.min(stamps.size, 30) }, (_, place) => h("i", place < stamps.stamps ? { class: "x" } : {}));
      return h("div", { part: "stamps" }, h("p", {}, stamps.name), h("div", { class: "d", "aria-hidden": "true" }, dots), h("p", { class: "m" }, stamps.text));
    }

    #goal(goal) {
      return h("div", { part: "goal" }, h("p", {}, goal.reached ? this.t("%(goal)s – reached", { goal: goal.name }) : goal.name), this.#bar(goal.name, goal.percent), h("p", { class: "m" }, goal.text));
    }

    #share(card) {
      const share = card.share;
      const { terms, text } = card.referral;
      const lead = [terms && h("p", {}, terms), h("p", { class: "m" }, text)];
      const title = this.t("Bring your friends");
      if (!share) return this.#section("share", title, lead, !this.hasAttribute("preview") && this.#button(this.t("Get my link"), () => this.#issue(), { class: "p", "data-focus": "link" }));
      const field = h("input", { readonly: "", value: share.link, "aria-label": this.t("Your link"), part: "link", "data-focus": "link", onfocus: () => field.select() });
      const copy = async () => {
        field.select();
        try {
          await navigator.clipboard.writeText(share.link);
        } catch {
          document.execCommand("copy");
        }
        this.#say(this.t("The link is copied."));
      };
      const send = () => navigator.share({ text: share.text }).catch(() => null);
      const to = (text, href) => h("a", { class: "k", part: "button", href, target: "_blank", rel: "noopener noreferrer" }, text);
      return this.#section(
        "share",
        title,
        lead,
        h("div", { class: "f" }, field, this.#button(this.t("Copy the link"), copy, { class: "p", part: "button primary" })),
        h("div", { class: "f" }, navigator.share && this.#button(this.t("Share"), send), to(this.t("E-mail"), share.links.email), to("WhatsApp", share.links.whatsapp)),
        this.#fold(this.t("Show as a QR code"), this.#qr(share.qr)),
      );
    }

    #qr({ size, path }) {
      const [svg, dark] = ["svg", "path"].map((tag) => document.createElementNS(SVG, tag));
      const set = (element, values) => Object.entries(values).forEach(([name, value]) => element.setAttribute(name, value));
      set(svg, { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": this.t("Your link as a QR code"), "shape-rendering": "crispEdges" });
      set(dark, { d: path, fill: "#000" });
      svg.append(dark);
      return svg;
    }

    async #issue() {
      try {
        await this.#ask("/referral-code", post({}));
        await this.refresh();
      } catch {
        this.#say(this.t("That did not work. Please try again."));
      }
    }

    #statement(page) {
      if (!page.entries.length) return this.#section("statement", this.t("Your statement"), h("p", { class: "m" }, this.t("Nothing yet. What you earn will show here, with the reason.")));
      const list = h("ul", { class: "e" });
      const more = this.#button(this.t("Show more"), () => this.#more(list, more), { "data-focus": "more" });
      this.#add(list, more, page);
      return this.#section("statement", this.t("Your statement"), list, more);
    }

    #add(list, more, page) {
      const row = (entry, { why, amount, text }) =>
        h("li", {}, h("div", { class: "r" }, h("span", {}, why), h("span", { class: "n", part: "movement" }, amount > 0 && "+", text)), h("small", {}, entry.day));
      const rows = page.entries.flatMap((entry) => entry.sums.map((sum) => row(entry, sum)));
      list.append(...rows);
      more.dataset.next = page.next || "";
      more.hidden = !page.next && (list.className !== "e" || list.children.length < 6);
      return rows[0];
    }

    // First what came with the card beyond five rows, then a page at a time.
    async #more(list, more) {
      let first = list.className === "e" && list.children[5];
      list.className = "e all";
      more.disabled = true;
      try {
        if (first) more.hidden = !more.dataset.next;
        else first = this.#add(list, more, await this.#ask(`/statement?cursor=${more.dataset.next}&locale=${encodeURIComponent(this.#locale)}`));
        if (more.hidden) {
          first.tabIndex = -1;
          first.focus();
        }
      } catch {
        this.#say(this.t("That did not work. Please try again."));
      }
      more.disabled = false;
    }
  }

  customElements.get("ristourne-loyalty") || customElements.define("ristourne-loyalty", Loyalty);
})();
