/** The page without its numbers: those come with the state document. `token`: whether inference asks for one. */
export function pageMarkup(token: boolean): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>thinfer</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="page/style.css">
</head>
<body><main>
<p class="kicker"><span id="where"><b>thinfer</b></span><span id="live" role="status">connecting</span></p>
<h1 id="headline">Reading the server’s state</h1>
<p class="lede" id="lede"></p>
<noscript><p class="lede">This page needs JavaScript. <a href="metrics">metrics</a> and <a href="page/state.json">page/state.json</a> say the same without.</p></noscript>
<div class="bar"><div class="choice" id="models" role="group" aria-label="Model"></div>
<div class="choice" id="spans" role="group" aria-label="Time shown"></div></div>
<ul class="tiles" id="tiles"></ul>
<section><h3 id="lanes-title">Cores</h3><p class="sub">Busy share of each CPU over the last second, whoever keeps it busy; and of the instance on it, over the time shown. Gaps: the instance was not there.</p><ol class="lanes" id="lanes"></ol></section>
<div class="figures">
<section><h3 id="rate-title">Rate</h3><p class="sub">Per second</p><div class="chart" id="rate"></div></section>
<section><h3 id="latency-title">Latency</h3><p class="sub">From the door to the answer, ms, of each second’s requests; logarithmic</p><div class="chart" id="latency"></div></section>
<section><h3 id="waiting-title">Queue</h3><p class="sub">Items that wait for an instance; requests that failed, per second</p><div class="chart" id="waiting"></div></section>
<section><h3 id="batches-title">Batches</h3><p class="sub" id="batches-sub">Share of batches by their items, last ten seconds</p><div class="chart" id="batches"></div></section>
</div>
<section id="changes-part" hidden><h3 id="changes-title">Set</h3><p class="sub" id="changes-sub"></p><div class="timeline"><h4>Set in force</h4><div id="set-bands"></div><h4>Items of a batch, in the mean</h4><div id="set-batch"></div><h4>Latency, ms, logarithmic</h4><div id="set-latency"></div></div><div class="scroll" tabindex="0" role="region" aria-label="Changes of the set"><table><thead><tr><th class="n">Decided<th>Set<th>State<th>How<th class="n">Took<th>p99 before, after<th>Why</tr></thead><tbody id="changes"></tbody></table></div></section>
<section><h3 id="instances-title">Instances</h3><div class="scroll" tabindex="0" role="region" aria-label="Instances"><table><thead><tr><th>Instance<th>State<th>CPUs<th class="n">Process<th class="n">Batches<th class="n">Items<th class="n">Restarts<th class="n">Resident<th class="n">Proportional<th>Last failure</tr></thead><tbody id="instances"></tbody></table></div></section>
<div class="figures">
<section><h3 id="failures-title">Failures</h3><dl id="failures"></dl></section>
<section><h3>Server</h3><dl id="server"></dl></section>
</div>
<section id="try"><h3>Send a request</h3><p class="sub" id="try-sub"></p>
<form id="form">
<div><label for="request">Request</label><textarea id="request" spellcheck="false" autocomplete="off"></textarea></div>
<div><label for="answer" id="answer-label">Answer</label><pre id="answer" tabindex="0" role="region" aria-labelledby="answer-label" aria-live="polite">–</pre></div>
<div id="token-field"${token ? '' : ' hidden'}><label for="token">Bearer token</label><input id="token" type="password" autocomplete="off"></div>
<div class="actions"><button class="main" id="send">Send</button><button type="button" id="anew">New values</button><span class="sub" id="outcome" role="status"></span></div>
</form></section>
<footer>Once a second from <a href="page/state.json">page/state.json</a>. The same for machines: <a href="metrics">metrics</a>. The protocol: <a href="openapi.json">openapi.json</a>. Nothing is loaded from elsewhere.</footer>
</main><script src="page/live.js"></script></body>
</html>
`;
}
