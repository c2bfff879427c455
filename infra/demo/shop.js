// Buying without leaving the page: the shop's server sends the webhook, and the widget reads the member again.
"use strict";
const status = document.getElementById("answer");
const back = document.getElementById("back");
for (const form of document.forms) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const buttons = document.querySelectorAll("button");
    for (const button of buttons) button.disabled = true;
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      const { text, order, last } = await answer.json();
      status.textContent = text;
      for (const field of document.querySelectorAll("[name=order]")) field.value = field.form === back ? last : order;
      back.hidden = !last;
    } catch {
      status.textContent = status.dataset.away;
    }
    for (const button of buttons) button.disabled = false;
    (event.submitter.checkVisibility() ? event.submitter : status).focus();
    document.querySelector("ristourne-loyalty").refresh();
  });
}
