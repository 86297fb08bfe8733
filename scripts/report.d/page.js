/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0+ */
"use strict";

/* What a cell has in its title, where there is no pointer to rest on it. */
const detail = document.getElementById("detail");

function tell(button) {
	detail.textContent = button.title;
	detail.hidden = false;
	for (const other of document.querySelectorAll(".matrix .chosen"))
		other.classList.remove("chosen");
	button.classList.add("chosen");
}

/* The next cell that has a button, so many columns and rows from here. */
function neighbour(button, right, down) {
	const rows = [...button.closest("table").querySelectorAll("tr[data-name]:not([hidden])")];
	const cell = button.closest("td");
	let row = rows.indexOf(cell.parentElement), column = cell.cellIndex;

	while (rows[row + down]?.cells[column + right]) {
		row += down;
		column += right;
		const found = rows[row].cells[column].querySelector("button");
		if (found)
			return found;
	}
	return null;
}

const STEPS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

/* One stop for the tab key in a table; arrow keys move it. */
for (const table of document.querySelectorAll(".matrix")) {
	const buttons = [...table.querySelectorAll("button")];
	let stop = buttons[0];

	for (const button of buttons)
		button.tabIndex = button === stop ? 0 : -1;
	table.addEventListener("click", event => {
		const button = event.target.closest("button");
		if (button)
			tell(button);
	});
	table.addEventListener("focusin", event => {
		if (event.target.tagName !== "BUTTON")
			return;
		stop.tabIndex = -1;
		stop = event.target;
		stop.tabIndex = 0;
	});
	table.addEventListener("keydown", event => {
		const next = event.key in STEPS && event.target.tagName === "BUTTON" &&
			neighbour(event.target, ...STEPS[event.key]);
		if (!next)
			return;
		event.preventDefault();
		next.focus();
		if (!detail.hidden)
			tell(next);
	});
}

for (const graph of document.querySelectorAll(".flames"))
	graph.addEventListener("click", event => {
		const box = event.target.closest("g");
		if (!box)
			return;
		detail.textContent = box.querySelector("title").textContent;
		detail.hidden = false;
	});

document.addEventListener("keydown", event => {
	if (event.key === "Escape")
		detail.hidden = true;
});
detail.addEventListener("click", () => {
	detail.hidden = true;
});

/* Cases whose names have all the words. */
document.getElementById("filter").addEventListener("input", event => {
	const words = event.target.value.toLowerCase().split(/\s+/);

	for (const row of document.querySelectorAll("[data-name]"))
		row.hidden = !words.every(word => row.dataset.name.toLowerCase().includes(word));
	for (const group of document.querySelectorAll("tbody:has([data-name])"))
		group.hidden = !group.querySelector("[data-name]:not([hidden])");
});
