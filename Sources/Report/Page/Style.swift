/// The style sheet of the page: light and dark, from a phone to a desk.
enum Style {
    static let css = """
        :root {
          color-scheme: light dark;
          --page: #f6f7f9; --card: #ffffff; --edge: #d9dde3; --text: #1a1f29; --muted: #57606e;
          --grid: #e6e9ee; --good: #0b7a4b; --warn: #9a5b00; --bad: #b3261e; --plain: #3b66b8;
          --c1: #2f62c8; --c2: #b45309; --c3: #0f766e; --c4: #7c3aed; --c5: #be185d; --c6: #57606e;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #11151c; --card: #1a202a; --edge: #323b49; --text: #e8ebf0; --muted: #a4aebd;
            --grid: #2b3340; --good: #4cc38a; --warn: #f0b429; --bad: #ff7b72; --plain: #7aa7f5;
            --c1: #7aa7f5; --c2: #f5a742; --c3: #4fd1c1; --c4: #b794f6; --c5: #f687b3; --c6: #a4aebd;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0; padding: 24px; background: var(--page); color: var(--text);
          font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
        }
        header, main, footer { max-width: 1320px; margin: 0 auto; }
        h1 { font-size: 24px; margin: 0 0 4px; }
        h2 { font-size: 16px; margin: 0; }
        header p, footer p, .question { color: var(--muted); margin: 0 0 12px; }
        .question { font-size: 13px; }
        main {
          display: grid; gap: 16px; margin-top: 16px; align-items: start; grid-auto-flow: dense;
          grid-template-columns: repeat(auto-fill, minmax(min(100%, 400px), 1fr));
        }
        section {
          background: var(--card); border: 1px solid var(--edge); border-radius: 8px;
          padding: 16px; min-width: 0;
        }
        section.wide { grid-column: 1 / -1; }
        .tiles { display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 230px), 1fr)); }
        .tile { border-left: 3px solid var(--edge); padding-left: 10px; }
        .tile .value { font-size: 22px; font-weight: 600; overflow-wrap: anywhere; }
        .tile .label, .note, figcaption { font-size: 13px; color: var(--muted); }
        p.note { margin: 10px 0 0; }
        .tile.good { border-color: var(--good); } .tile.warn { border-color: var(--warn); }
        .tile.bad { border-color: var(--bad); }
        .tile.warn .value { color: var(--warn); } .tile.bad .value { color: var(--bad); }
        .drawings { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)); }
        figure { margin: 0; min-width: 0; }
        svg { display: block; width: 100%; max-width: 560px; height: auto; }
        svg text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
        .tick { fill: var(--muted); } .label { fill: var(--text); }
        .grid { stroke: var(--grid); stroke-width: 1; }
        .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
        .line.dashed { stroke-dasharray: 6 3; } .line.dotted { stroke-dasharray: 2 3; }
        .bar.plain { fill: var(--plain); } .bar.good { fill: var(--good); }
        .bar.warn { fill: var(--warn); } .bar.bad { fill: var(--bad); }
        .line.c1 { stroke: var(--c1); } .line.c2 { stroke: var(--c2); } .line.c3 { stroke: var(--c3); }
        .line.c4 { stroke: var(--c4); } .line.c5 { stroke: var(--c5); } .line.c6 { stroke: var(--c6); }
        .dot.c1 { fill: var(--c1); } .dot.c2 { fill: var(--c2); } .dot.c3 { fill: var(--c3); }
        .dot.c4 { fill: var(--c4); } .dot.c5 { fill: var(--c5); } .dot.c6 { fill: var(--c6); }
        .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 8px 0 0; padding: 0; font-size: 13px; }
        .legend li { min-width: 0; overflow-wrap: anywhere; }
        .swatch { display: inline-block; width: 16px; border-top: 3px solid; margin-right: 6px; vertical-align: middle; }
        .swatch.dashed { border-top-style: dashed; } .swatch.dotted { border-top-style: dotted; }
        .swatch.c1 { border-color: var(--c1); } .swatch.c2 { border-color: var(--c2); }
        .swatch.c3 { border-color: var(--c3); } .swatch.c4 { border-color: var(--c4); }
        .swatch.c5 { border-color: var(--c5); } .swatch.c6 { border-color: var(--c6); }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
        th, td { text-align: left; padding: 5px 14px 5px 0; border-bottom: 1px solid var(--grid); vertical-align: top; }
        th { color: var(--muted); font-weight: 500; }
        td { overflow-wrap: break-word; }
        td.figure { white-space: nowrap; }
        tr.good td:first-child { color: var(--good); font-weight: 600; }
        tr.warn td:first-child { color: var(--warn); font-weight: 600; }
        tr.bad td:first-child { color: var(--bad); font-weight: 600; }
        summary { font-size: 13px; padding: 8px 0; cursor: pointer; }
        .nothing { color: var(--muted); margin: 0; }
        footer { margin-top: 24px; font-size: 13px; }
        @media (max-width: 480px) { body { padding: 12px; } h1 { font-size: 20px; } }
        @media (max-width: 700px) {
          table.wide thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
          table.wide, table.wide tbody, table.wide tr { display: block; }
          table.wide tr { padding: 8px 0; border-bottom: 1px solid var(--edge); }
          table.wide td { display: grid; grid-template-columns: 88px minmax(0, 1fr); gap: 8px; padding: 1px 0; border: 0; }
          table.wide td:empty { display: none; }
          table.wide td::before { content: attr(data-column); color: var(--muted); font-weight: 400; }
        }
        @media print { body { background: none; padding: 0; } section { break-inside: avoid; } }
        """
}
