/** The page's style sheet, beside the colours of `theme.ts`. */
export const pageStyle = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1160px;margin:0 auto;padding:40px 32px 56px}
h1,h2,h3,h4,p,ul,dl,dd,figure,pre{margin:0;padding:0}
h1{font-size:38px;line-height:1.15;letter-spacing:-.02em;font-weight:700;max-width:26em;text-wrap:balance;overflow-wrap:anywhere}
h2{font-size:24px;line-height:1.25;letter-spacing:-.01em}
h3{font-size:18px;line-height:1.3;text-wrap:pretty;overflow-wrap:anywhere}
h4{font-size:12px;font-weight:500;color:var(--muted)}
small{font-size:inherit;font-weight:400;color:var(--muted)}
.kicker,.facts,.sub,.foot,.interval{color:var(--muted);font-size:14px;overflow-wrap:anywhere}
.kicker{margin-bottom:14px}.kicker b{color:var(--ink)}
.lede{font-size:20px;line-height:1.4;margin-top:12px;max-width:44em;text-wrap:pretty}
.label{font-size:13px;font-weight:600;margin-top:20px}
.command{margin-top:6px;padding:12px 16px;background:var(--surface);border:1px solid var(--line);border-radius:6px;font:15px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre-wrap;overflow-wrap:anywhere;user-select:all;-webkit-user-select:all}
.command code{font:inherit}
.tiles{list-style:none;display:grid;grid-template-columns:repeat(3,1fr);gap:16px;margin-top:24px}
.tiles li{border:1px solid var(--line);border-radius:8px;padding:14px 16px 10px;min-width:0}
.tiles h2{font-size:14px;letter-spacing:0}
.swatch{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:7px;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.ratio{margin-top:8px;font-size:15px}.ratio b{font-size:32px;line-height:1.1;letter-spacing:-.02em;font-variant-numeric:tabular-nums;margin-right:3px}
.none{margin-top:12px;color:var(--muted)}
.strip{display:block;margin-top:8px;overflow:visible}
.facts{margin-top:16px}
section,.figures{margin-top:56px}
.figures{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:52px 40px;align-items:start}
.figures .figures{margin-top:28px}
.full{grid-column:1/-1}
.chart{margin-top:12px}.chart svg{display:block;width:100%;height:auto;overflow:visible}.chart .phone{display:none}
.chart .wide{max-width:720px}
.sub{margin-top:4px}.note{margin-top:6px;font-size:14px;overflow-wrap:anywhere}.foot{font-size:12.5px;margin-top:8px}.key{color:var(--ink)}
details{margin-top:10px}
summary{cursor:pointer;font-size:14px;color:var(--muted);padding:4px 0;width:fit-content}
summary:hover{color:var(--ink)}
.more>summary,#details summary{font-size:16px;font-weight:600;color:var(--ink)}
:focus-visible{outline:2px solid var(--plan);outline-offset:2px;border-radius:3px}
.scroll{overflow-x:auto;max-height:460px;overflow-y:auto;margin-top:8px;border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
#serving .scroll{max-height:none}#serving thead th.n{white-space:normal;min-width:4em}#serving tbody th{padding-top:12px}#serving .interval{font-size:inherit}#serving td,#serving th{padding-right:12px}
table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums;min-width:100%}
caption{text-align:left;color:var(--muted);padding:6px 0}
th,td{text-align:left;padding:4px 16px 4px 0;border-bottom:1px solid var(--grid);vertical-align:top;max-width:28em}
th{font-weight:600;white-space:nowrap}td:first-child,.when{white-space:nowrap}.n{text-align:right;white-space:nowrap}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(310px,1fr));gap:0 32px;margin-top:16px;font-size:14px}
dl div{display:flex;gap:12px;padding:6px 0;border-bottom:1px solid var(--grid);min-width:0}
dt{color:var(--muted);flex:0 0 38%}dd{min-width:0;overflow-wrap:anywhere}
.plain{list-style:none;font-size:14px;margin-top:2px}
.findings{list-style:none;margin-top:12px}.findings li+li{margin-top:3px}
.sockets{display:flex;flex-wrap:wrap;gap:16px;margin-top:16px}
.socket{border:1px solid var(--line);border-radius:8px;padding:12px 14px;min-width:0}
.socket h3{font-size:14px}
.node{margin-top:8px}
.cores{list-style:none;display:flex;flex-wrap:wrap;gap:5px;margin-top:4px}
.cores li{min-width:40px;padding:7px 8px;border-radius:4px;border:1px solid var(--ideal);font-size:12px;line-height:1.2;text-align:center;font-variant-numeric:tabular-nums;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.cores .used{background:var(--plan);border-color:var(--plan);color:var(--page);font-weight:600}
.cores .barred{border-style:dashed;color:var(--muted)}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
a{color:var(--plan);text-underline-offset:2px}
footer{margin-top:56px;padding-top:14px;border-top:1px solid var(--line);font-size:13px;color:var(--muted)}
@media (max-width:900px){.figures{grid-template-columns:minmax(0,1fr)}}
@media (max-width:600px){
main{padding:20px 16px 40px}h1{font-size:27px}.lede{font-size:17px}h2{font-size:21px}h3{font-size:17px}
.tiles{grid-template-columns:1fr;gap:10px;margin-top:18px}
section,.figures{margin-top:44px}.figures{gap:44px}
.chart .wide{display:none}.chart .phone{display:block;max-width:460px}
dl{grid-template-columns:minmax(0,1fr)}
}
@media print{
main{max-width:none;padding:0}body{font-size:11pt}h1{font-size:22pt}
figure,.tiles li,.socket,tr{break-inside:avoid}h2,h3{break-after:avoid}
.figures{display:block}.figures>*{margin-top:24px}.chart .wide{max-width:640px}
.scroll{max-height:none;overflow:visible}a{color:inherit}details:not([open]){display:none}
}`;
