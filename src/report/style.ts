/**
 * The page's look. Colours are Okabe and Ito's (2008), told apart by colour-blind people too, made
 * darker or lighter until lines have a contrast of 3 and text one of 4.5 with the ground.
 */
export const STYLE = `
:root{color-scheme:light dark;--ground:#fcfcfa;--panel:#f3f3ef;--ink:#1b1d1f;--soft:#5a5f63;
--hair:#dcdcd4;--ours:#0063ad;--rival:#b84a00;--reactive:#6a6f75;--oracle:#007a56;--keda:#8a4a80;
--amber:#8f6a00;--sky:#1f7fa8;--short:#c2185b;--need:#d9d9cf;--need-line:#8b8b7e;--actual:#1b1d1f;
--band:0,99,173;--zone:#d7eadf;--shadow:rgba(0,0,0,.2);--row:rgba(128,128,110,.09);--ys:3.1rem}
@media (prefers-color-scheme:dark){:root{--ground:#14171a;--panel:#1d2125;--ink:#eceae4;
--soft:#a9aeb3;--hair:#33383d;--ours:#62b6f7;--rival:#ff9a52;--reactive:#a3a9b0;--oracle:#3fc99c;
--keda:#dd9fce;--amber:#e2b53e;--sky:#7cd0ee;--short:#ff5c93;--need:#343a3f;--need-line:#7b838a;
--actual:#eceae4;--band:98,182,247;--zone:#1f3a30;--shadow:rgba(255,255,255,.32);
--row:rgba(160,170,180,.1)}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);
font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main,footer{max-width:68rem;margin:0 auto;padding:0 1.25rem}
h1,h2,h3,h4{line-height:1.2;text-wrap:balance;overflow-wrap:anywhere}
h1,h2{font-family:ui-serif,Georgia,"Noto Serif","DejaVu Serif",serif}
h1{font-size:clamp(1.75rem,5vw,2.75rem);margin:.1em 0 .4em;letter-spacing:-.01em}
h2{font-size:1.6rem;margin:0}
h3{font-size:1.2rem;margin:0 0 .3rem}
h4{font-size:1rem;margin:1.6rem 0 .2rem}
p{margin:0 0 .7rem;max-width:44rem}
.kicker{color:var(--soft);font-size:.9rem;margin:0;overflow-wrap:anywhere}
.verdict{margin:2.2rem 0 1.6rem;padding:.2rem 0 .2rem 1.25rem;
border-left:.4rem solid var(--reactive)}
.verdict.helps,.verdict.tuned{border-color:var(--ours)}.verdict.hurts{border-color:var(--rival)}
.standfirst{font-size:1.2rem;line-height:1.45}
.notice{border:1px solid var(--rival);border-radius:.4rem;padding:.6rem 1rem;margin:0 0 1.2rem}
.notice ul{margin:.2rem 0;padding-left:1.2rem}.notice b{color:var(--rival)}
.block{margin:2.4rem 0}
.lead{color:var(--soft);font-size:.95rem}
.grid>:last-child:nth-child(odd){grid-column:1/-1}
.grid{display:grid;gap:1.6rem 2.2rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),
1fr))}
figure{margin:.6rem 0 0;min-width:0}
figcaption{font-size:.86rem;color:var(--soft);margin-bottom:.5rem}
figcaption b{color:var(--ink)}
.frame{display:grid;grid-template-columns:var(--ys) minmax(0,1fr);font-size:.75rem;
color:var(--soft);font-variant-numeric:tabular-nums}
.ys{position:relative}.ys span{position:absolute;right:.4rem;transform:translateY(-50%);
line-height:1;white-space:nowrap}
.plot{position:relative;margin-top:.4rem}.ys{margin-top:.4rem}
.plot>svg{display:block;width:100%;height:100%;overflow:hidden;pointer-events:none}
.xs{grid-column:2;position:relative;height:1.5rem;margin-top:.3rem}
.xs span{position:absolute;white-space:nowrap;line-height:1.2}
.xs .middle{transform:translateX(-50%)}.xs .end{transform:translateX(-100%)}
.rule-text{position:absolute;top:0;padding-left:.3rem;line-height:1;pointer-events:none}
.lane-title{margin:.9rem 0 0 var(--ys);font-size:.86rem;color:var(--soft)}
.lane-title b{color:var(--ink)}
path{vector-effect:non-scaling-stroke;fill:none}
.grid-lines{stroke:var(--hair);stroke-width:1}
.rule{stroke:var(--soft);stroke-width:1;stroke-dasharray:3 3}
.line{stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}
.line.actual{stroke:var(--actual);stroke-width:1.4}
.line.ours{stroke-width:2}.line.thin{stroke-width:.9}
.line.upper{stroke:rgba(var(--band),.55);stroke-width:1}
.line.other{stroke:var(--soft);stroke-width:1;stroke-opacity:.55}
.line.need{stroke:var(--need-line);stroke-width:1}
.line.chosen{stroke-width:2.6}.line.dashed{stroke-dasharray:5 4}
.line.dots{stroke-width:9}
.need{fill:var(--need)}.short{fill:var(--short);stroke:var(--short);stroke-width:1}
.zone{fill:var(--zone)}
.band{fill:rgb(var(--band))}
.band.b0{fill-opacity:.13}.band.b1{fill-opacity:.15}.band.b2{fill-opacity:.18}
.band.b3{fill-opacity:.22}
.ours,.m0{--own:var(--ours)}.rival,.m1{--own:var(--rival)}.oracle,.m2{--own:var(--oracle)}
.keda,.m3{--own:var(--keda)}.seed,.m4{--own:var(--amber)}.actual,.m5{--own:var(--sky)}
.reactive,.static,.m6{--own:var(--reactive)}
.ours,.rival,.reactive,.oracle,.keda,.seed,.static,.m0,.m1,.m2,.m3,.m4,.m5,.m6{stroke:var(--own)}
.dot{display:inline-block;width:.65em;height:.65em;border-radius:50%;background:var(--own);
margin-right:.45em}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin:.5rem 0;padding:0;
font-size:.86rem;color:var(--soft)}
.legend li{overflow-wrap:anywhere}
.key{width:24px;height:10px;margin-right:.4rem;vertical-align:middle}
.scroll{overflow-x:auto;margin:.8rem 0;border-block:1px solid var(--hair);
background:linear-gradient(90deg,var(--ground) 40%,transparent) 0 0/2.5rem 100% local no-repeat,
linear-gradient(270deg,var(--ground) 40%,transparent) 100% 0/2.5rem 100% local no-repeat,
linear-gradient(90deg,var(--shadow),transparent) 0 0/1rem 100% scroll no-repeat,
linear-gradient(270deg,var(--shadow),transparent) 100% 0/1rem 100% scroll no-repeat}
.scroll:focus-visible,.plot:focus-visible,summary:focus-visible{outline:2px solid var(--ours);
outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:.45rem .7rem;text-align:right;vertical-align:baseline;
border-top:1px solid var(--hair);
white-space:nowrap}
thead th{font-weight:600;color:var(--soft);border-top:0;font-size:.8rem;white-space:normal;
min-width:4.6rem;vertical-align:bottom}
tr>:first-child{text-align:left}
tbody th{font-weight:400;min-width:12.5rem;max-width:19rem;white-space:normal;
overflow-wrap:anywhere}
.chosen th,tr.chosen td{background:var(--row)}
.words{white-space:normal;min-width:6rem}.chosen bdi{font-weight:600}
abbr{text-decoration:underline dotted;text-underline-offset:.2em}
small{color:var(--soft);font-size:.8rem}.meaning{display:block;line-height:1.3}
pre{background:var(--panel);padding:.8rem 1rem;white-space:pre-wrap;overflow-wrap:anywhere;
font-size:.85rem;border-radius:.4rem}
details{border-top:1px solid var(--hair);padding:1rem 0}
details.series>summary{list-style-position:outside}
summary{cursor:pointer;overflow-wrap:anywhere}summary>*{display:inline}summary p{margin-left:.8rem}
a{color:var(--ours)}
dl{display:grid;grid-template-columns:minmax(7rem,max-content) minmax(0,1fr);gap:.25rem 1.2rem;
font-size:.9rem;overflow-wrap:anywhere}
dt{color:var(--soft)}dd{margin:0}
footer{color:var(--soft);font-size:.85rem;padding-block:1.5rem 3rem}
.cursor{position:absolute;top:0;bottom:0;width:1px;background:var(--soft);pointer-events:none}
.readout{position:absolute;top:.2rem;z-index:1;background:var(--ground);color:var(--ink);
border:1px solid var(--hair);border-radius:.3rem;padding:.3rem .5rem;font-size:.78rem;
line-height:1.4;
pointer-events:none;max-width:16rem;overflow-wrap:anywhere}
.readout b{font-weight:600}
.major{display:none}
@media (max-width:64rem){tr>:first-child{position:sticky;left:0;
background:linear-gradient(var(--cell,transparent) 0 0),var(--ground);
border-right:1px solid var(--hair)}.chosen{--cell:var(--row)}}
@media (max-width:40rem){:root{--ys:2.9rem}main,footer{padding-inline:1rem}
.minor{display:none}.major{display:inline}
.verdict{padding-left:.9rem}.standfirst{font-size:1.1rem}.lane-title{margin-left:0}
th,td{padding-inline:.35rem}thead th{min-width:4.3rem}tbody th{min-width:7.2rem}
table{font-size:.85rem}
dl{grid-template-columns:minmax(0,1fr)}dd{margin-bottom:.4rem}}
@media print{:root{color-scheme:light;--ground:#fff;--panel:#f3f3ef;--ink:#000;--soft:#444;
--hair:#ccc;
--ours:#0063ad;--rival:#b84a00;--reactive:#6a6f75;--oracle:#007a56;--keda:#8a4a80;--amber:#8f6a00;
--sky:#1f7fa8;--short:#c2185b;--need:#ddd;--need-line:#888;--actual:#000;--band:0,99,173;
--zone:#d7eadf}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
details::details-content{content-visibility:visible;display:block;height:auto}
figure,tr,.frame{break-inside:avoid}h3,h4,.lane-title{break-after:avoid}.scroll{overflow:visible}
body{font-size:10pt}}
`.replaceAll('\n', '');
