// Buying without leaving the page: the shop's server sends the webhook, and the widget reads the member again.
"use strict";
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/plain" } });
    document.getElementById("answer").textContent = await answer.text();
    document.querySelector("ristourne-loyalty").refresh();
  });
}
