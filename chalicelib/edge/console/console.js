// Passkeys, copying, a draft that is tried. The rest needs no script.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) =>
	btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function made(data) {
	const known = data.known ? data.known.split(" ") : [];
	const { response, rawId } = await navigator.credentials.create({
		publicKey: {
			challenge: bytes(data.challenge),
			rp: { name: "Ristourne" },
			user: { id: bytes(data.handle), name: data.user, displayName: data.user },
			pubKeyCredParams: [{ type: "public-key", alg: -7 }],
			excludeCredentials: known.map((id) => ({ type: "public-key", id: bytes(id) })),
			authenticatorSelection: { residentKey: "required", userVerification: "required" },
		},
	});
	return {
		credential: text(rawId),
		client: text(response.clientDataJSON),
		data: text(response.getAuthenticatorData()),
		key: text(response.getPublicKey()),
	};
}

async function shown(data) {
	const { response, rawId } = await navigator.credentials.get({
		publicKey: { challenge: bytes(data.challenge), userVerification: "required" },
	});
	return {
		credential: text(rawId),
		client: text(response.clientDataJSON),
		data: text(response.authenticatorData),
		signature: text(response.signature),
		handle: response.userHandle ? text(response.userHandle) : "",
	};
}

for (const form of document.querySelectorAll("[data-passkey]")) {
	form.hidden = !window.PublicKeyCredential;
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		const alarm = form.querySelector("[role=alert]");
		alarm.textContent = "";
		try {
			const answer = await (form.dataset.passkey === "make" ? made : shown)(form.dataset);
			for (const [name, value] of Object.entries(answer)) form.elements[name].value = value;
			form.submit();
		} catch {
			alarm.textContent = form.dataset.failed;
		}
	});
}

for (const button of document.querySelectorAll("[data-copy]")) {
	button.hidden = !navigator.clipboard;
	button.addEventListener("click", async () => {
		await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
		button.textContent = button.dataset.copied;
	});
}

const follow = (part) =>
	setTimeout(() => {
		const ask = new XMLHttpRequest();
		ask.open("GET", part.dataset.again);
		ask.responseType = "document";
		ask.onloadend = () => {
			const next = ask.response?.querySelector("[data-again]");
			if (next) {
				const [old, now] = [part, next].map((it) => it.querySelector("[role=status]"));
				if (old.textContent != now.textContent) old.textContent = now.textContent;
				part.querySelector(".far").replaceWith(next.querySelector(".far"));
			} else if (ask.status === 200) return location.replace(part.dataset.again);
			follow(part);
		};
		ask.send();
	}, 3000);

for (const part of document.querySelectorAll("[data-again]")) follow(part);
