"""How the pages about accounts look: one style sheet, its colours at the top."""

from __future__ import annotations

STYLE = """\
:root {
  color-scheme: light dark;
  --accent: #0f6e84;
  --accent-strong: #0b5a6d;
  --on-accent: #ffffff;
  --link: #0b5a6d;
  --page: #f1f5f6;
  --card: #ffffff;
  --text: #1c2b33;
  --muted: #54636e;
  --line: #d3dde1;
  --field-line: #7c8d95;
  --note: #e7f1f3;
  --problem: #9c2233;
  --problem-page: #fdeef0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --accent: #1b7d94;
    --accent-strong: #2391ab;
    --link: #6cc5d9;
    --page: #12191d;
    --card: #1b252b;
    --text: #e4ecef;
    --muted: #a3b3bd;
    --line: #34434b;
    --field-line: #71828b;
    --note: #203640;
    --problem: #ffb0ba;
    --problem-page: #3a2026;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0;
  padding: 1.25rem 1rem 3rem;
  background: var(--page);
  color: var(--text);
  font: 1rem/1.5 "Source Sans", "Source Sans 3", system-ui, -apple-system, "Segoe UI", sans-serif;
}
header, main { max-width: 27rem; margin: 0 auto; }
header { padding: .25rem .25rem 1.25rem; font-weight: 650; }
header a { text-decoration: none; }
main {
  padding: 1.5rem;
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: .75rem;
}
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.2; font-weight: 650; }
p, ul { margin: 0 0 1rem; overflow-wrap: anywhere; }
ul { padding-left: 1.25rem; }
a { color: var(--link); }
label { display: block; font-weight: 600; }
.hint { display: block; margin: 0 0 .3rem; color: var(--muted); font-size: .9rem; }
input {
  display: block;
  width: 100%;
  margin: .3rem 0 1.1rem;
  padding: .6rem .75rem;
  border: 1px solid var(--field-line);
  border-radius: .5rem;
  background: var(--card);
  color: inherit;
  font: inherit;
}
.hint + input { margin-top: 0; }
button {
  width: 100%;
  min-height: 2.75rem;
  padding: .6rem 1rem;
  border: 0;
  border-radius: .5rem;
  background: var(--accent);
  color: var(--on-accent);
  font: inherit;
  font-weight: 600;
  cursor: pointer;
}
button:hover { background: var(--accent-strong); }
input:focus-visible, button:focus-visible, a:focus-visible {
  outline: 3px solid var(--accent);
  outline-offset: 2px;
}
.note, [role="alert"] { margin: 0 0 1rem; padding: .75rem 1rem; border-radius: .5rem; }
.note { background: var(--note); }
.note :last-child { margin-bottom: 0; }
[role="alert"] { background: var(--problem-page); color: var(--problem); }
.on { margin: 1.25rem 0 0; color: var(--muted); }
@media (max-width: 30rem) {
  body { padding: 1rem .75rem 2rem; }
  main { padding: 1.25rem 1rem; }
}
"""
