// The page's one style sheet. Colours are variables: one set for light paper, one for dark, one for
// a grey print, where dashes and markers alone tell series apart. Holds none of "<", ">" and "&",
// so that the page is well-formed XML too.

enum Style {
  static var sheet: String {
    colours + page + figures + drawing + series + print
  }

  private static let light = """
    --paper:#fdfcf9;--ink:#1d1d1b;--soft:#5a5953;--rule:#d8d5cb;--grid:#e8e5dc;--band:#0b62a830;\
    --bar:#0b62a8;--before:#8b897f;--c0:#0b62a8;--c1:#bf4a0a;--c2:#00785a;--c3:#96508a;\
    --c4:#8a5f00;--c5:#3a6f8f;--c6:#7d3b2a;--c7:#4b4b48;
    """

  private static let dark = """
    --paper:#171816;--ink:#ecebe6;--soft:#aeaca3;--rule:#45453f;--grid:#2b2c29;--band:#6db3f24d;\
    --bar:#6db3f2;--before:#8d8b82;--c0:#6db3f2;--c1:#ff9a62;--c2:#4cc9a0;--c3:#e39bcb;\
    --c4:#e0b040;--c5:#9ccbe4;--c6:#e0a08f;--c7:#c9c8c2;
    """

  private static let grey = """
    --paper:#fff;--ink:#000;--soft:#333;--rule:#999;--grid:#ddd;--band:#00000026;--bar:#777;\
    --before:#999;--c0:#000;--c1:#555;--c2:#000;--c3:#555;--c4:#000;--c5:#555;--c6:#000;--c7:#555;
    """

  private static let colours = """
    :root{color-scheme:light dark;\(light)}
    @media (prefers-color-scheme:dark){:root{\(dark)}}

    """

  private static let page = """
    *{box-sizing:border-box}
    body{margin:0;background:var(--paper);color:var(--ink);\
    font:1rem/1.5 "Iowan Old Style","Palatino Linotype",Palatino,"Book Antiqua",Georgia,serif}
    main{max-width:58rem;margin:0 auto;padding:2.5rem 1rem 4rem}
    h1{font-size:1.9rem;line-height:1.2;font-weight:600;margin:0 0 .3rem;overflow-wrap:anywhere}
    h2{font-size:1.25rem;font-weight:600;margin:3rem 0 .3rem;padding-top:.7rem;\
    border-top:1px solid var(--rule)}
    p{max-width:42rem;margin:.3rem 0 1rem}
    .by,.note{color:var(--soft)}.by{overflow-wrap:anywhere}
    .note{font-size:.9rem}
    .misfit{border-left:4px solid var(--c1);padding-left:.7rem}
    .command{max-width:none;font-size:.85rem;overflow-wrap:anywhere}
    code{font-family:ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace}
    dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(6.2rem,1fr));gap:1rem 1.2rem;\
    margin:1.6rem 0 0;padding:1rem 0 0;border-top:2px solid var(--ink)}
    dl div{display:flex;flex-direction:column-reverse;justify-content:flex-end}
    dt{font-size:.85rem;color:var(--soft);line-height:1.3}
    dd{margin:0;font-size:1.4rem;line-height:1.3;white-space:nowrap;\
    font-variant-numeric:lining-nums tabular-nums}

    """

  private static let figures = """
    .panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr));\
    gap:1.6rem 2rem;align-items:start}
    .small{grid-template-columns:repeat(auto-fill,minmax(min(100%,16rem),1fr))}
    figure{margin:0;min-width:0;break-inside:avoid}
    figcaption{font-size:.95rem;line-height:1.35;margin-bottom:.4rem;overflow-wrap:anywhere}
    figcaption span{color:var(--soft)}
    svg{display:block;width:100%;max-width:30rem;height:auto;overflow:visible}
    details{font-size:.8rem;color:var(--soft);margin-top:.2rem}
    summary{cursor:pointer}
    .scroll{overflow:auto;max-height:20rem}
    table{border-collapse:collapse;color:var(--ink);font-variant-numeric:lining-nums tabular-nums}
    th,td{padding:.1rem .8rem .1rem 0;text-align:right;white-space:nowrap}
    th{font-weight:600;border-bottom:1px solid var(--rule)}
    th:first-child,td:first-child{text-align:left}

    """

  private static let drawing = """
    svg text{font:11px system-ui,"Helvetica Neue",Arial,sans-serif;fill:var(--soft)}
    svg .t{font-style:italic}svg .k{fill:var(--ink)}
    .g{stroke:var(--grid)}.a{stroke:var(--soft)}
    .r{stroke:var(--ink);stroke-dasharray:1 3;stroke-linecap:round;stroke-width:1.4}
    .b{fill:var(--band)}
    .bar{fill:var(--bar)}.hb{fill:var(--before)}.ha{fill:var(--bar)}
    .p{fill:var(--ink)}.e{stroke:var(--soft);fill:none;stroke-width:.6}
    .l{fill:none;stroke-width:1.6;stroke-linejoin:round}
    .m{stroke-width:1.2}.o{fill:var(--paper)}

    """

  private static let series: String = {
    let dashes = ["", "6 3", "2 2.5", "9 3 2 3", "4 2", "12 3", "1 3 6 3", "2 5"]
    return dashes.enumerated().map { index, dash in
      ".c\(index){stroke:var(--c\(index))}.f\(index){fill:var(--c\(index))}"
        + (dash.isEmpty ? "" : ".d\(index){stroke-dasharray:\(dash)}")
    }.joined() + "\n"
  }()

  private static let print = """
    @media print{:root{color-scheme:light;font-size:10pt;\(grey)}main{max-width:none;padding:0}\
    details{display:none}\
    .panels{grid-template-columns:1fr 1fr}.small{grid-template-columns:1fr 1fr 1fr}\
    h2{break-after:avoid}}

    """
}
