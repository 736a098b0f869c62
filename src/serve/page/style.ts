import { themeCss } from './theme.ts';

/** The page's style sheet, in the manner of the reports. */
export const style = `${themeCss()}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1160px;margin:0 auto;padding:32px 32px 48px}
h1,h2,h3,p,ul,ol,dl,dd,figure,pre{margin:0;padding:0}
[hidden]{display:none!important}
h1{font-size:38px;line-height:1.15;letter-spacing:-.02em;font-weight:700;text-wrap:balance;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
h2{font-size:24px;line-height:1.25;letter-spacing:-.01em}
h3{font-size:18px;line-height:1.3;text-wrap:pretty;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
.kicker{display:flex;flex-wrap:wrap;gap:2px 16px;justify-content:space-between;color:var(--muted);font-size:14px;margin-bottom:14px}
.kicker b{color:var(--ink)}
#live::before{content:"";display:inline-block;width:9px;height:9px;border-radius:50%;background:var(--thin);margin-right:7px}
#live.lost::before{background:none;border:2px solid var(--fat)}
.lede{font-size:18px;line-height:1.4;margin-top:10px;max-width:60em;text-wrap:pretty;overflow-wrap:anywhere}
.bar{display:flex;flex-wrap:wrap;gap:10px 24px;align-items:center;justify-content:space-between;margin-top:22px}
.choice{display:flex;flex-wrap:wrap;gap:6px}
button{font:inherit;font-size:14px;color:var(--ink);background:var(--page);border:1px solid var(--ideal);border-radius:6px;padding:5px 12px;cursor:pointer}
button:hover{border-color:var(--plan)}
button[aria-pressed=true]{background:var(--plan);border-color:var(--plan);color:var(--page);font-weight:600}
button.main{background:var(--plan);border-color:var(--plan);color:var(--page);font-weight:600;padding:8px 20px}
button:disabled{opacity:.55;cursor:default}
:focus-visible{outline:2px solid var(--plan);outline-offset:2px;border-radius:3px}
.tiles{list-style:none;display:grid;grid-template-columns:repeat(4,1fr);gap:16px;margin-top:18px}
.tiles li{border:1px solid var(--line);border-radius:8px;padding:12px 16px;min-width:0}
.tiles h2{font-size:14px;letter-spacing:0}
.tiles b{display:block;font-size:32px;line-height:1.25;letter-spacing:-.02em;font-variant-numeric:tabular-nums;white-space:nowrap}
.tiles b small{font-size:16px;letter-spacing:0;font-weight:400;margin-left:4px}
.tiles p,.sub,.foot{color:var(--muted);font-size:14px;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
section{margin-top:44px;min-width:0}
.figures{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:0 40px;align-items:start}
.chart{margin-top:10px;min-height:200px}
.timeline{margin-top:12px}.timeline h4{margin:8px 0 0;font-size:13px;color:var(--muted);font-weight:400}
.chart svg,.timeline svg,.lane svg{display:block;width:100%;overflow:visible}
.chart text,.timeline text{font-size:12px;fill:var(--muted)}.chart text.end,.timeline text.end{fill:var(--ink);font-variant-numeric:tabular-nums}
.lanes{list-style:none;margin-top:12px}
.lane{display:grid;grid-template-columns:64px 92px minmax(0,1fr) 250px;gap:0 16px;align-items:center;padding:5px 0;border-bottom:1px solid var(--grid);font-size:14px;font-variant-numeric:tabular-nums}
.lanes.many .lane{padding:1px 0;font-size:12.5px}
.lane .who{min-width:0;overflow-wrap:anywhere;line-height:1.3}
.lane .who small,td small{color:var(--muted);font-size:inherit}
.meter{display:flex;align-items:center;gap:8px}.meter i{display:block;flex:1;height:9px;background:var(--grid);border-radius:2px;overflow:hidden}
.meter i::before{content:"";display:block;height:100%;width:var(--share,0%);background:var(--plan)}
.meter span{width:44px;text-align:right;white-space:nowrap}
.bad{color:var(--fat);font-weight:600}
.scroll{overflow-x:auto;margin-top:10px}
table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums;min-width:100%}
th,td{text-align:left;padding:5px 18px 5px 0;border-bottom:1px solid var(--grid);vertical-align:top}
th{font-weight:600;white-space:nowrap}.n{text-align:right;white-space:nowrap}.w{min-width:16em;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:0 32px;margin-top:10px;font-size:14px}
dl div{display:flex;gap:12px;padding:5px 0;border-bottom:1px solid var(--grid);min-width:0}
dt{color:var(--muted);flex:0 0 44%}dd{min-width:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
form{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:14px 40px;margin-top:12px}
label{display:block;font-size:13px;font-weight:600}
textarea,input{width:100%;margin-top:5px;color:var(--ink);background:var(--surface);border:1px solid var(--line);border-radius:6px;padding:10px 12px}
textarea,pre{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
textarea{height:260px;resize:vertical;white-space:pre;overflow:auto}input{font:inherit;font-size:14px}
pre{margin-top:5px;height:260px;overflow:auto;background:var(--surface);border:1px solid var(--line);border-radius:6px;padding:10px 12px;white-space:pre-wrap;overflow-wrap:anywhere}
.actions{display:flex;flex-wrap:wrap;gap:10px;align-items:center}
a{color:var(--plan);text-underline-offset:2px}
footer{margin-top:48px;padding-top:14px;border-top:1px solid var(--line);font-size:13px;color:var(--muted)}
@media (max-width:900px){.figures,form{grid-template-columns:minmax(0,1fr)}.tiles{grid-template-columns:repeat(2,1fr)}.lane{grid-template-columns:54px 84px minmax(0,1fr)}.lane .who{grid-column:1/-1}}
@media (max-width:600px){main{padding:18px 16px 36px}h1{font-size:27px}.lede{font-size:16px}.tiles{gap:10px}.tiles li{padding:10px 12px}.tiles b{font-size:25px}section{margin-top:36px}h2{font-size:21px}dl{grid-template-columns:minmax(0,1fr)}}
@media (prefers-reduced-motion:no-preference){.meter i::before{transition:width .4s}}
@media print{main{max-width:none;padding:0}#try{display:none}section{break-inside:avoid}}
`;
