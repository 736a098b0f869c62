/** The style sheet of a site's pages, beside that of all pages. */
export const siteStyle = `
h4{font-size:16px;line-height:1.35;font-weight:600;color:var(--ink);text-wrap:pretty;overflow-wrap:anywhere}
section h2{padding-top:10px;border-top:2px solid var(--ink)}
section>h3,.subsection>h3{font-size:20px;margin-top:28px}
.subsection .figures,section>.figures{margin-top:20px}
.subsection+.subsection{margin-top:44px}
.full .chart .wide{max-width:1096px}
.chart:focus-visible{outline-offset:6px}
.formula{font:italic 14px/1.5 Georgia,"Times New Roman","DejaVu Serif",serif;margin-top:8px}
.footnotes{list-style:none;font-size:12.5px;color:var(--muted);margin-top:6px}
.footnotes li::before{content:"† "}
.contents{margin-top:28px;padding:14px 18px;background:var(--surface);border:1px solid var(--line);border-radius:8px;font-size:14px}
.contents ul{list-style:none}.contents li{margin:3px 0}.contents ul ul{display:inline}.contents ul ul li{display:inline;margin:0}
.contents ul ul li::before{content:" · ";color:var(--muted)}
.contents b{font-weight:600}
.findings li{max-width:60em}
.what dl{grid-template-columns:repeat(auto-fill,minmax(min(100%,420px),1fr))}
.definitions{grid-template-columns:minmax(0,1fr)}.definitions div{display:block}.definitions dt{color:var(--ink);font-weight:600}
.definitions div:target{background:var(--surface);outline:8px solid var(--surface)}
.cards{list-style:none;display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:20px;margin-top:20px}
.cards li{border:1px solid var(--line);border-radius:10px;padding:16px 18px;min-width:0;break-inside:avoid}
.cards h3{font-size:16px}.cards p{font-size:14px;margin-top:6px;overflow-wrap:anywhere}.cards .sub{font-size:13px}
.cards svg{display:block;width:100%;max-width:340px;height:auto;margin-top:10px}
#grid .scroll{max-height:none}.back{font-size:14px}
@media (max-width:600px){section>h3,.subsection>h3{font-size:18px}}
@media print{.contents,.back{display:none}.full .chart .wide{max-width:100%}.cards{display:block}.cards li{margin-bottom:12px}figure h4{break-after:avoid}}
`;
